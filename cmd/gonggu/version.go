package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set for packages by -ldflags "-X main.version=1.2.3"; other builds say "dev".
var version = "dev"

// commit is what this binary was built from, with "+" when the tree had changes; "" outside a repository.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	at, dirty := "", ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			at = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			if s.Value == "true" {
				dirty = "+"
			}
		}
	}
	return at + dirty
}

func versionText() string {
	if c := commit(); c != "" {
		return version + " " + c
	}
	return version
}

type versionCommand struct{}

func (c *versionCommand) Run() error {
	_, err := fmt.Printf("gonggu %s %s %s/%s\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
