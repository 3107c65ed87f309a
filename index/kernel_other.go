//go:build !amd64

package index

func fastKernels() kernels { return portable }
