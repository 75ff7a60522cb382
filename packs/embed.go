// Package packs carries the packs that are built into the binary, as plain files.
//
// It knows nothing of what a pack means: reading, checking and compiling one is the work of internal/pack. A county
// can also load a pack from a folder of its own; this one is what a fresh installation starts from.
package packs

import (
	"embed"
	"io/fs"
)

// Shenqiu2022 is the folder name and the pack id of the built-in pack.
const Shenqiu2022 = "shenqiu-2022"

//go:embed shenqiu-2022
var files embed.FS

// FS is the file system whose top-level folders are the built-in packs, each named by its pack id.
var FS fs.FS = files
