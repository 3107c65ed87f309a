package exchange

// known are the collections of BEIR that anyone may download, MS MARCO's small
// dev set, and the passage tasks of TREC Deep Learning 2019 and 2020.
//
// Counts are those of ir_datasets 0.5.11 (etc/metadata.json), to which
// TestKnownCountsAreThoseOfIRDatasets holds them. The documents and queries of the
// test splits are as many by MTEB's descriptive statistics, which of judgments have
// the relevant ones alone; Touché is its second version, whose relevant documents
// are as many as MTEB's. Self-matches are BEIR's rule for collections whose queries
// are documents too. A grade of 2 and more is relevant in TREC Deep Learning:
// Craswell and others, Overview of the TREC 2019 Deep Learning Track.
var known = append([]Known{
	{Name: "beir:trec-covid", Task: "TRECCOVID", Repository: "mteb/trec-covid", Revision: "bb9466bac8153a0349341eb1b22e06409e78ef4e",
		Documents: 171332, Test: "test", Splits: []SplitCounts{split("test", 50, 66336)}},
	{Name: "beir:nfcorpus", Task: "NFCorpus", Repository: "mteb/nfcorpus", Revision: "ec0fa4fe99da2ff19ca1214b7966684033a58814",
		Documents: 3633, Test: "test", Splits: []SplitCounts{split("train", 2590, 110575), split("dev", 324, 11385), split("test", 323, 12334)}},
	{Name: "beir:nq", Task: "NQ", Repository: "mteb/nq", Revision: "b774495ed302d8c44a3a7ea25c90dbce03968f31",
		Documents: 2681468, Test: "test", Splits: []SplitCounts{split("test", 3452, 4201)}},
	{Name: "beir:hotpotqa", Task: "HotpotQA", Repository: "mteb/hotpotqa", Revision: "ab518f4d6fcca38d87c25209f94beba119d02014",
		Documents: 5233329, Test: "test", Splits: []SplitCounts{split("train", 85000, 170000), split("dev", 5447, 10894), split("test", 7405, 14810)}},
	{Name: "beir:fiqa", Task: "FiQA2018", Repository: "mteb/fiqa", Revision: "27a168819829fe9bcd655c2df245fb19452e8e06",
		Documents: 57638, Test: "test", Splits: []SplitCounts{split("train", 5500, 14166), split("dev", 500, 1238), split("test", 648, 1706)}},
	{Name: "beir:arguana", Task: "ArguAna", Repository: "mteb/arguana", Revision: "c22ab2a51041ffd869aaddef7af8d8215647e41a",
		Documents: 8674, Test: "test", Splits: []SplitCounts{split("test", 1406, 1406)}, DropSelfMatches: true},
	{Name: "beir:webis-touche2020", Task: "Touche2020", Repository: "mteb/touche2020", Revision: "a34f9a33db75fa0cbb21bb5cfc3dae8dc8bec93f",
		Documents: 382545, Test: "test", Splits: []SplitCounts{split("test", 49, 2214)}},
	{Name: "beir:cqadupstack", Parts: names(forums)},
	{Name: "beir:quora", Task: "QuoraRetrieval", Repository: "mteb/quora", Revision: "e4e08e0b7dbe3c8700f0daef558ff32256715259",
		Documents: 522931, Test: "test", Splits: []SplitCounts{split("dev", 5000, 7626), split("test", 10000, 15675)}, DropSelfMatches: true},
	{Name: "beir:dbpedia-entity", Task: "DBPedia", Repository: "mteb/dbpedia", Revision: "c0f706b76e590d620bd6618b3ca8efdd34e2d659",
		Documents: 4635922, Test: "test", Splits: []SplitCounts{split("dev", 67, 5673), split("test", 400, 43515)}},
	{Name: "beir:scidocs", Task: "SCIDOCS", Repository: "mteb/scidocs", Revision: "f8c2fcf00f625baaa80f62ec5bd9e1fff3b8ae88",
		Documents: 25657, Test: "test", Splits: []SplitCounts{split("test", 1000, 29928)}},
	{Name: "beir:fever", Task: "FEVER", Repository: "mteb/fever", Revision: "bea83ef9e8fb933d90a2f1d5515737465d613e12",
		Documents: 5416568, Test: "test", Splits: []SplitCounts{split("train", 109810, 140085), split("dev", 6666, 8079), split("test", 6666, 7937)}},
	{Name: "beir:climate-fever", Task: "ClimateFEVER", Repository: "mteb/climate-fever", Revision: "47f2ac6acb640fc46020b02a5b59fdda04d39380",
		Documents: 5416593, Test: "test", Splits: []SplitCounts{split("test", 1535, 4681)}},
	{Name: "beir:scifact", Task: "SciFact", Repository: "mteb/scifact", Revision: "d56462d0e63a25450459c4f213e49ffdb866f7f9",
		Documents: 5183, Test: "test", Splits: []SplitCounts{split("train", 809, 919), split("test", 300, 339)}},

	{Name: "beir:msmarco", Task: "MSMARCO", Repository: "mteb/msmarco", Revision: "c5a29a104738b98a9e76336939199e264163d4a0",
		Documents: 8841823, Test: "dev", Splits: []SplitCounts{split("train", 502939, 532751), split("dev", 6980, 7437), split("test", 43, 9260)}},
	{Name: "msmarco:dev", Task: "MSMARCO", Repository: "mteb/msmarco", Revision: "c5a29a104738b98a9e76336939199e264163d4a0",
		Documents: 8841823, Test: "dev", Splits: []SplitCounts{split("dev", 6980, 7437)},
		Files: passages("queries.dev.small.tsv", "dev", "qrels.dev.small.tsv")},
	{Name: "trec:dl19", Task: "TRECDL2019", Repository: "whybe-choi/trec-dl-2019", Revision: "cbb055c2528c544edf84db8ec6aef1885ec8cfda",
		Documents: 8841823, Test: "test", Splits: []SplitCounts{split("test", 43, 9260)}, RelevantFrom: 2,
		Files: passages("msmarco-test2019-queries.tsv", "test", "2019qrels-pass.txt")},
	{Name: "trec:dl20", Task: "TRECDL2020", Repository: "whybe-choi/trec-dl-2020", Revision: "83d7d3532f3fa653f132da188bbaa852d959d6f9",
		Documents: 8841823, Test: "test", Splits: []SplitCounts{split("test", 54, 11386)}, RelevantFrom: 2,
		Files: passages("msmarco-test2020-queries.tsv", "test", "2020qrels-pass.txt")},
}, forums...)

// forums are the parts of CQADupStack.
var forums = []Known{
	forum("android", "CQADupstackAndroidRetrieval", "mteb/CQADupstackAndroidRetrieval", "9be4c0e46342e8e3aff577a89b9a1ec9bc6b4af3", 22998, 699, 1696),
	forum("english", "CQADupstackEnglishRetrieval", "mteb/cqadupstack-english", "ad9991cb51e31e31e430383c75ffb2885547b5f0", 40221, 1570, 3765),
	forum("gaming", "CQADupstackGamingRetrieval", "mteb/cqadupstack-gaming", "4885aa143210c98657558c04aaf3dc47cfb54340", 45301, 1595, 2263),
	forum("gis", "CQADupstackGisRetrieval", "mteb/cqadupstack-gis", "5003b3064772da1887988e05400cf3806fe491f2", 37637, 885, 1114),
	forum("mathematica", "CQADupstackMathematicaRetrieval", "mteb/cqadupstack-mathematica", "90fceea13679c63fe563ded68f3b6f06e50061de", 16705, 804, 1358),
	forum("physics", "CQADupstackPhysicsRetrieval", "mteb/cqadupstack-physics", "79531abbd1fb92d06c6d6315a0cbbbf5bb247ea4", 38316, 1039, 1933),
	forum("programmers", "CQADupstackProgrammersRetrieval", "mteb/cqadupstack-programmers", "6184bc1440d2dbc7612be22b50686b8826d22b32", 32176, 876, 1675),
	forum("stats", "CQADupstackStatsRetrieval", "mteb/cqadupstack-stats", "65ac3a16b8e91f9cee4c9828cc7c335575432a2a", 42269, 652, 913),
	forum("tex", "CQADupstackTexRetrieval", "mteb/cqadupstack-tex", "46989137a86843e03a6195de44b09deda022eec7", 68184, 2906, 5154),
	forum("unix", "CQADupstackUnixRetrieval", "mteb/cqadupstack-unix", "6c6430d3a6d36f8d2a829195bc5dc94d7e063e53", 47382, 1072, 1693),
	forum("webmasters", "CQADupstackWebmastersRetrieval", "mteb/cqadupstack-webmasters", "160c094312a0e1facb97e55eeddb698c0abe3571", 17405, 506, 1395),
	forum("wordpress", "CQADupstackWordpressRetrieval", "mteb/cqadupstack-wordpress", "4ffe81d471b1924886b33c7567bfb200e9eec5c4", 48605, 541, 744),
}

func split(name string, queries, judgments int64) SplitCounts {
	return SplitCounts{Name: name, Queries: queries, Judgments: judgments}
}

func forum(name, task, repository, revision string, documents, queries, judgments int64) Known {
	return Known{Name: "beir:cqadupstack/" + name, Task: task, Repository: repository, Revision: revision,
		Documents: documents, Test: "test", Splits: []SplitCounts{split("test", queries, judgments)}}
}

// passages are files of MS MARCO under the names that they are published by.
func passages(queries, split, qrels string) Files {
	return Files{Documents: []string{"collection.tsv"}, Queries: []string{queries}, Qrels: map[string]string{split: qrels}}
}

func names(all []Known) []string {
	var names []string
	for _, k := range all {
		names = append(names, k.Name)
	}
	return names
}
