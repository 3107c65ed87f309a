//go:build !amd64

package index

func slowerTiles() []tile { return nil }
