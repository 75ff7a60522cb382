package main

import (
	"bufio"
	"os"

	"golang.org/x/sys/unix"
)

// hidden reads a line without showing it, when a terminal is there to show it.
func hidden(in *bufio.Reader) (string, error) {
	fd := int(os.Stdin.Fd())
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return in.ReadString('\n')
	}
	quiet := *was
	quiet.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &quiet); err != nil {
		return in.ReadString('\n')
	}
	defer func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, was) }()
	return in.ReadString('\n')
}
