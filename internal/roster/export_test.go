package roster

// AskForEach lets imports of every size look each household up in the register, until the returned function is called.
func AskForEach() (back func()) {
	was := worthNumbers
	worthNumbers = 1 << 40
	return func() { worthNumbers = was }
}
