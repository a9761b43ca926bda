//go:build duckdb_arrow

package duck

import (
	"context"
	"errors"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Class is what kind of thing went wrong in the engine.
type Class string

// The classes.
const (
	Locked        Class = "database file is locked by another process"
	NewerFile     Class = "database file was written by a newer DuckDB"
	NotDatabase   Class = "file is not a DuckDB database"
	MissingFile   Class = "file does not exist"
	MissingTable  Class = "relation does not exist"
	MissingColumn Class = "column does not exist"
	Conversion    Class = "a value cannot be converted"
	Arithmetic    Class = "a number is out of range"
	OutOfMemory   Class = "not enough memory"
	NoSpace       Class = "no space left for temporary files"
	Damaged       Class = "file is damaged"
	Interrupted   Class = "interrupted"
	Input         Class = "file cannot be read or written"
	Internal      Class = "internal engine error"
)

// Error is a failed statement. It says what class of fault it was and never
// what the engine said, which may quote rows.
type Error struct {
	Class Class
	raw   string
}

// Error returns the class in words.
func (e *Error) Error() string { return "duckdb: " + string(e.Class) }

// ClassOf returns the class of an engine error; ok is false for other errors.
func ClassOf(err error) (c Class, ok bool) {
	var e *Error
	if errors.As(err, &e) {
		return e.Class, true
	}
	return "", false
}

// Raw returns the engine's own text, which may hold row values. It is for
// tests, which need to see why generated SQL failed; nothing else may call it.
func Raw(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.raw
	}
	return ""
}

// phrases maps parts of the engine's texts to classes, first match first.
// Learnt from DuckDB 1.5.1; a test provokes each.
var phrases = []struct {
	text  string
	class Class
}{
	{"Could not set lock on file", Locked},
	{"Conflicting lock is held", Locked},
	{"newer version of DuckDB", NewerFile},
	{"but we can only read versions", NewerFile},
	{"not a valid DuckDB database file", NotDatabase},
	{"database does not exist", MissingFile},
	{"No such file or directory", MissingFile},
	{"No files found that match", MissingFile},
	{"No space left", NoSpace},
	{"max_temp_directory_size", NoSpace},
	{"failed to offload", NoSpace},
	{"No magic bytes found", Damaged},
	{"too small to be a Parquet file", Damaged},
	{"Could not read enough bytes", Damaged},
	{"checksum", Damaged},
	{"Corrupt", Damaged},
	{"corrupt", Damaged},
	{"TProtocolException", Damaged},
	{"don't know what type", Damaged},
	{"Referenced column", MissingColumn},
	{"does not have a column named", MissingColumn},
	{"not found in FROM clause", MissingColumn},
	{"Could not find column", MissingColumn},
}

var classes = map[duckdb.ErrorType]Class{
	duckdb.ErrorTypeCatalog:          MissingTable,
	duckdb.ErrorTypeConversion:       Conversion,
	duckdb.ErrorTypeMismatchType:     Conversion,
	duckdb.ErrorTypeOutOfRange:       Arithmetic,
	duckdb.ErrorTypeDivideByZero:     Arithmetic,
	duckdb.ErrorTypeDecimal:          Arithmetic,
	duckdb.ErrorTypeInvalidInput:     Conversion,
	duckdb.ErrorTypeOutOfMemory:      OutOfMemory,
	duckdb.ErrorTypeInterrupt:        Interrupted,
	duckdb.ErrorTypeIO:               Input,
	duckdb.ErrorTypeSerialization:    Damaged,
	duckdb.ErrorTypeMissingExtension: Internal,
}

func classify(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	text := err.Error()
	for _, p := range phrases {
		if strings.Contains(text, p.text) {
			return &Error{Class: p.class, raw: text}
		}
	}
	var de *duckdb.Error
	if errors.As(err, &de) {
		if c, ok := classes[de.Type]; ok {
			return &Error{Class: c, raw: text}
		}
	}
	// Attach wraps its errors: only the prefix is left to go by.
	for prefix, c := range map[string]Class{"IO Error": Input, "Catalog Error": MissingTable, "Conversion Error": Conversion,
		"Out of Memory Error": OutOfMemory, "INTERRUPT Error": Interrupted, "Serialization Error": Damaged} {
		if strings.HasPrefix(text, prefix) {
			return &Error{Class: c, raw: text}
		}
	}
	return &Error{Class: Internal, raw: text}
}
