//go:build !linux && !windows

package main

import "bufio"

// hidden cannot hide here: only developers run the program on other systems.
func hidden(in *bufio.Reader) (string, error) { return in.ReadString('\n') }
