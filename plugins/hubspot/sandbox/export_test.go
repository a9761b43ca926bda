package sandbox

// Words are the kinds of faults, their settings and the operations, for the test of the reference.
func Words() []string {
	words := append([]string{"write"}, operations...)
	for kind := range faultKinds {
		words = append(words, kind)
	}
	for _, k := range faultKeys {
		words = append(words, k.name)
	}
	return words
}
