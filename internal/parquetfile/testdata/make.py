"""Writes the parquet files of this folder, as pyarrow's users make them.

    bench/.venv/bin/python internal/parquetfile/testdata/make.py
"""
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
rows = 50
ids = [f"d{i}" for i in range(rows)]
titles = [None if i % 3 == 0 else f"Title {i % 5}" for i in range(rows)]
texts = ["" if i == 7 else f"Text {i}: ünï\n\t" + "x" * i for i in range(rows)]

corpus = pa.table({"_id": pa.array(ids), "title": pa.array(titles), "text": pa.array(texts)})
pq.write_table(corpus, here / "snappy.parquet", row_group_size=20)
pq.write_table(corpus, here / "zstd-v2.parquet", compression="zstd", data_page_version="2.0", data_page_size=200)
pq.write_table(corpus, here / "gzip-plain.parquet", compression="gzip", use_dictionary=False, write_page_checksum=True)
pq.write_table(corpus, here / "none-delta.parquet", compression="none", use_dictionary=False,
               column_encoding={"_id": "DELTA_BYTE_ARRAY", "title": "DELTA_LENGTH_BYTE_ARRAY", "text": "PLAIN"})
pq.write_table(corpus.cast(pa.schema([(name, pa.large_string()) for name in corpus.column_names])),
               here / "large-strings.parquet", use_dictionary=["title"])
pq.write_table(corpus, here / "lz4.parquet", compression="lz4")

# As load_dataset writes them: more columns than wanted, one of them nested.
qrels = pa.table({
    "query-id": pa.array(range(rows), pa.int64()),
    "corpus-id": pa.array(ids),
    "score": pa.array([float(i % 3) for i in range(rows)]),
    "metadata": pa.array([{"url": f"u{i}", "tags": ["a", "b"]} for i in range(rows)]),
})
pq.write_table(qrels, here / "qrels.parquet")
