package diag

// Codes of files and HCL syntax (00xx).
const (
	SyntaxError          Code = "LEAT0001"
	UnclosedBlock        Code = "LEAT0002"
	InvalidString        Code = "LEAT0003"
	InvalidCharacter     Code = "LEAT0004"
	InvalidEncoding      Code = "LEAT0005"
	InvalidExpression    Code = "LEAT0006"
	AttributeTwice       Code = "LEAT0007"
	UnsupportedOperator  Code = "LEAT0008"
	UnclosedBracket      Code = "LEAT0009"
	NotSupportedYet      Code = "LEAT0010"
	InvalidConstraint    Code = "LEAT0011"
	WrongVersion         Code = "LEAT0012"
	InvalidNumberLiteral Code = "LEAT0013"
)

var syntaxCodes = []Info{
	{SyntaxError, Error, "Invalid syntax", "The file is not valid HCL at this place. A body holds `name = expression` and `block \"label\" { ... }`, each on lines of its own. Blocks that were written correctly are checked all the same; the one with the error is left out until it can be read."},
	{UnclosedBlock, Error, "Block is not closed", "Every `{` that opens a block needs a `}` of its own. Where a block head begins in the first column, leat can tell which block was left open; elsewhere the outermost one is named."},
	{InvalidString, Error, "Invalid string", "A string begins and ends with \" on one line. Inside it, \\n, \\r, \\t, \\\", \\\\ and \\uNNNN are the escapes, ${ begins an expression, and $${ writes a literal ${. A text of several lines is a heredoc: <<EOT."},
	{InvalidCharacter, Error, "Invalid character", "Some characters have no meaning in HCL: single and curly quotes, backticks, semicolons. Strings are written with straight double quotes; lines need no end mark."},
	{InvalidEncoding, Error, "File is not UTF-8", "leat reads UTF-8 only. Save the file with that encoding."},
	{InvalidExpression, Error, "Invalid expression", "Something that has a value belongs here: a literal, a reference such as row.email, a function call, or an operation on them."},
	{AttributeTwice, Error, "Attribute is set twice", "An attribute may be set once in a block. Remove one of the two."},
	{UnsupportedOperator, Error, "Operator does not exist", "The operators are + - * / % == != < <= > >= && || ! and ?:."},
	{UnclosedBracket, Error, "Bracket is not closed", "Every ( [ and { in an expression needs its partner, and commas or (in an object) new lines stand between the items."},
	{NotSupportedYet, Error, "Not supported yet", "The name is part of the language, but this version of leat does not act on it. Compiling on as if it were not there could send rows it was meant to keep back, so it is an error. Remove it, or use a version that supports it."},
	{InvalidConstraint, Error, "Invalid version constraint", "`required_version` holds conditions such as \">= 0.1.0\", \"~> 0.3\" or \">= 0.1, < 1.0\", separated by commas."},
	{WrongVersion, Error, "The project requires another version of leat", "`required_version` in the block `leat` excludes the version that is running. Install one that fits, or widen the constraint."},
	{InvalidNumberLiteral, Error, "Invalid number", "A number is written with digits, at most one point, and an optional exponent: 12, 0.5, 1e6."},
}
