//go:build duckdb_arrow

package duck

// Value is one cell of a row for people to look at. It has no String method
// and prints as an address, so that a value never slips into a log or a
// document; a view that may show values calls Reveal.
type Value struct{ text *string }

// ValueOf makes a value; tests and readers of rows use it.
func ValueOf(text string) Value { return Value{&text} }

// Reveal returns the value as DuckDB prints it; ok is false for null.
func (v Value) Reveal() (text string, ok bool) {
	if v.text == nil {
		return "", false
	}
	return *v.text, true
}
