import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.TypeAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.ByteBuffersDirectory;

import io.anserini.analysis.AnalyzerUtils;
import io.anserini.search.query.BagOfWordsQueryGenerator;

/**
 * What Lucene does, for lexical's tests to be held to. It wants Java 17 and Anserini's jar, which holds Lucene and which the
 * wheel of pyserini carries:
 *
 *   pip download --no-deps pyserini==0.22.1
 *   unzip -j pyserini-0.22.1-py3-none-any.whl 'pyserini/resources/jars/*.jar' -d bench/out
 *   alias lucene='java -cp bench/out/anserini-0.22.1-fatjar.jar bench/bm25/Lucene.java'
 *
 *   lucene wordbreak > lexical/wordbreak.txt                      what StandardTokenizer takes each code point for
 *   lucene tokens < texts.jsonl                                   {"text": …, "tokens": […]} of EnglishAnalyzer for each JSON string
 *   lucene search corpus.jsonl K < queries.jsonl > lucene.run     a TREC run of K documents by BM25Similarity(0.9, 0.4)
 */
public class Lucene {
    static final ObjectMapper JSON = new ObjectMapper();
    static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);

    public static void main(String[] args) throws Exception {
        switch (args.length == 0 ? "" : args[0]) {
            case "wordbreak": wordbreak(); break;
            case "tokens": tokens(); break;
            case "search": search(args[1], Integer.parseInt(args[2])); break;
            default: throw new IllegalArgumentException("want wordbreak, tokens or search");
        }
        OUT.flush();
    }

    static BufferedReader in() {
        return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    }

    static List<String> tokenize(TokenStream stream) throws Exception {
        List<String> tokens = new ArrayList<>();
        CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
        stream.reset();
        while (stream.incrementToken()) {
            tokens.add(term.toString());
        }
        stream.end();
        stream.close();
        return tokens;
    }

    static void tokens() throws Exception {
        Analyzer english = new EnglishAnalyzer();
        BufferedReader in = in();
        for (String line; (line = in.readLine()) != null; ) {
            String text = JSON.readValue(line, String.class);
            OUT.println(JSON.writeValueAsString(JSON.createObjectNode().put("text", text)
                .set("tokens", JSON.valueToTree(tokenize(english.tokenStream("contents", text))))));
        }
    }

    static void search(String corpus, int k) throws Exception {
        Analyzer english = new EnglishAnalyzer();
        ByteBuffersDirectory directory = new ByteBuffersDirectory();
        try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(english).setSimilarity(new BM25Similarity(0.9f, 0.4f)))) {
            for (String line : java.nio.file.Files.readAllLines(java.nio.file.Path.of(corpus))) {
                JsonNode d = JSON.readTree(line);
                Document document = new Document();
                document.add(new StringField("id", d.get("_id").asText(), Field.Store.YES));
                document.add(new TextField("contents", d.get("title").asText() + "\n" + d.get("text").asText(), Field.Store.NO));
                writer.addDocument(document);
            }
        }
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
            IndexSearcher searcher = new IndexSearcher(reader);
            searcher.setSimilarity(new BM25Similarity(0.9f, 0.4f));
            BufferedReader in = in();
            for (String line; (line = in.readLine()) != null; ) {
                JsonNode q = JSON.readTree(line);
                int rank = 0;
                for (ScoreDoc hit : searcher.search(new BagOfWordsQueryGenerator().buildQuery("contents", english, q.get("text").asText()), k).scoreDocs) {
                    OUT.println(q.get("_id").asText() + " Q0 " + searcher.doc(hit.doc).get("id") + " " + ++rank + " " + hit.score + " lucene");
                }
            }
        }
    }

    static final StandardTokenizer standard = new StandardTokenizer();
    static final TypeAttribute type = standard.addAttribute(TypeAttribute.class);

    /** The type of the text's only token if that is all of the text, else "". */
    static String whole(String text) throws Exception {
        standard.setReader(new StringReader(text));
        CharTermAttribute term = standard.addAttribute(CharTermAttribute.class);
        standard.reset();
        boolean all = standard.incrementToken() && term.length() == text.length();
        String kind = all ? type.type() : "";
        standard.end();
        standard.close();
        return kind;
    }

    static boolean joined(String text) throws Exception {
        return !whole(text).isEmpty();
    }

    /** What the tokenizer's grammar can take a code point for, told by what it joins with. */
    static TreeSet<String> classes(String c) throws Exception {
        TreeSet<String> is = new TreeSet<>();
        boolean ignored = joined("a:" + c + "a") && joined("ア" + c + "ア");
        String alone = whole(c);
        if (ignored) is.add("ignored");
        if (ignored ? alone.equals("<SOUTHEAST_ASIAN>") : joined("ก" + c)) is.add("complex");
        if (alone.equals("<IDEOGRAPHIC>") || alone.equals("<HIRAGANA>")) is.add("single");
        if (alone.equals("<EMOJI>")) is.add("emoji");
        if (ignored) return is;
        if (joined("a" + c + "ア")) is.add("connector");
        else if (joined("ア" + c)) is.add("katakana");
        if (joined("a:" + c)) is.add(joined("א\"" + c) ? "hebrew" : "letter");
        if (joined("1," + c)) is.add("number");
        if (is.isEmpty()) {
            if (joined("a" + c + "a")) is.add("midletter");
            if (joined("1" + c + "1")) is.add("midnumber");
            if (joined("א" + c)) is.add("quote");
            if (is.isEmpty() && joined("א" + c + "א")) is.add("doublequote");
        }
        if (joined("🇦" + c)) is.add("flag");
        return is;
    }

    static void wordbreak() throws Exception {
        OUT.println("# What Lucene's StandardTokenizer (9.5) takes each code point for: FIRST..LAST CLASS [CLASS ...]");
        OUT.println("# Made by bench/bm25/Lucene.java; do not edit. Derived from Unicode data, see https://www.unicode.org/license.txt");
        int first = 0;
        String before = "";
        for (int c = 0; c <= 0x110000; c++) {
            String now = c == 0x110000 || c >= 0xD800 && c < 0xE000 ? "" : String.join(" ", classes(new String(Character.toChars(c))));
            if (!now.equals(before)) {
                if (!before.isEmpty()) {
                    OUT.printf("%04X..%04X %s%n", first, c - 1, before);
                }
                first = c;
                before = now;
            }
        }
    }
}
