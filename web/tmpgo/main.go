package main

import (
	"fmt"
	"os"

	"gonggu/internal/pack"
)

func main() {
	p, err := pack.Load(os.DirFS("packs/shenqiu-2022"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Stdout.Write(p.CompiledJSON())
}
