// Package recipes carries the experiments that gradus comes with; docs/recipes.md
// tells how they are written.
package recipes

import "embed"

// FS holds the recipes' files.
//
//go:embed *.yaml
var FS embed.FS
