# Answers searches by words out of tantivy: a line of JSON for each line of JSON.
import json
import sys

import tantivy

schema = (
    tantivy.SchemaBuilder()
    .add_text_field("title", index_option="basic")
    .add_text_field("id", stored=True, tokenizer_name="raw")
    .add_unsigned_field("updated", fast=True)
    .add_boolean_field("shown", indexed=True)
    .build()
)
index = tantivy.Index(schema)
writer = index.writer(heap_size=500_000_000)
must = tantivy.Occur.Must

for line in sys.stdin:
    ask = json.loads(line)
    if "id" in ask:
        document = tantivy.Document()
        document.add_text("title", ask["title"])
        document.add_text("id", ask["id"])
        document.add_unsigned("updated", ask["updated"])
        document.add_boolean("shown", ask["shown"])
        writer.add_document(document)
        continue
    if "loaded" in ask:
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        searcher = index.searcher()
        print(json.dumps({"ids": [], "total": searcher.num_docs}), flush=True)
        continue
    word = ask["text"]
    if ask["typing"]:
        title = tantivy.Query.fuzzy_term_query(schema, "title", word, distance=0, prefix=True)
    elif ask["typos"]:
        title = tantivy.Query.fuzzy_term_query(schema, "title", word, distance=1 + len(word) // 8)
    else:
        title = tantivy.Query.term_query(schema, "title", word, "basic")
    shown = tantivy.Query.term_query(schema, "shown", True, "basic")
    found = searcher.search(
        tantivy.Query.boolean_query([(must, title), (must, shown)]), limit=ask["limit"], order_by_field="updated"
    )
    ids = [searcher.doc(address)["id"][0] for _, address in found.hits]
    print(json.dumps({"ids": ids, "total": found.count}), flush=True)
