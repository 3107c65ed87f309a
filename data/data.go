// Package data carries the small collection that gradus demo runs on; README.md
// beside it tells where it comes from.
package data

import "embed"

// FS holds the folders cranfield and cranfield-graded, in BEIR's layout.
//
//go:embed cranfield cranfield-graded
var FS embed.FS
