package main

import (
	"bufio"
	"os"

	"golang.org/x/sys/windows"
)

// hidden reads a line without showing it, when a console is there to show it.
func hidden(in *bufio.Reader) (string, error) {
	h := windows.Handle(os.Stdin.Fd())
	var was uint32
	if windows.GetConsoleMode(h, &was) != nil || windows.SetConsoleMode(h, was&^windows.ENABLE_ECHO_INPUT) != nil {
		return in.ReadString('\n')
	}
	defer func() { _ = windows.SetConsoleMode(h, was) }()
	return in.ReadString('\n')
}
