// Package encoder turns texts into vectors with BERT-family dual encoders.
//
// A model is a Hugging Face or sentence-transformers folder. Its way is short:
//
//	folder → Config, tokenizer, weights     config.go, family.go, tokenizer.go, weights.go
//	texts  → token rows → batches           batch.go: sorted by length, few shapes
//	batch  → hidden states → vectors        bert.go, pool.go: the XLA graph
//	model  → folder                         save.go
//
// Training uses the same graph through Forward.
package encoder
