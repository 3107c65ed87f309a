// Package serve answers over HTTP: embeddings in OpenAI's protocol, search in a
// collection by vectors, by words and by both, and a page for people.
//
//	POST /v1/embeddings   texts → vectors
//	GET  /v1/models       the encoders there are
//	POST /search          a query → documents
//	POST /explain         why a document ranks for a query
//	GET  /collection      what can be searched, and how
//	GET  /queries         the collection's queries
//	GET  /graded          the documents that a split grades for a query
//	GET  /document        one document, whole
//	GET  /healthz         the process lives
//	GET  /readyz          it takes traffic: warmed up, not draining
//	GET  /metrics         Prometheus
//	GET  /openapi.json    all of this, for machines
//	GET  /                the page; /report/ has an experiment's report
//
// Texts of all requests go through one queue to an encoder, which takes as
// many of them at once as a budget of tokens holds (batcher.go). What does not
// fit into the queue is refused at once, with the time to come back.
package serve
