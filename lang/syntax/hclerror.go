package syntax

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/leat-dev/leat/lang/diag"
)

// hclErrors gives the errors of HCL's parser codes and remedies of leat's. The
// first entry whose begin fits the summary of the error counts.
var hclErrors = []struct {
	begin  string
	code   diag.Code
	detail string
}{
	{"Unclosed configuration b", diag.UnclosedBlock, "Add the `}` that closes this block, or the one of a block inside it."},
	{"Invalid character encoding", diag.InvalidEncoding, "Save the file as UTF-8."},
	{"Invalid character", diag.InvalidCharacter, "This character has no meaning here. Strings take straight double quotes; lines and blocks need no semicolon; a long text is a heredoc (<<EOT)."},
	{"Unsupported operator", diag.UnsupportedOperator, "Use && for and, || for or, ! for not, and multiplication for a power."},
	{"Invalid number literal", diag.InvalidNumberLiteral, "Write digits, at most one point, and an optional exponent: 12, 0.5, 1e6."},
	{"Invalid multi-line string", diag.InvalidString, "A string in quotes ends on its line. Close it, write \\n for a new line, or use a heredoc (<<EOT)."},
	{"Invalid escape sequence", diag.InvalidString, "The escapes are \\n, \\r, \\t, \\\", \\\\, \\uNNNN and \\UNNNNNNNN. Write a backslash as \\\\."},
	{"Invalid string literal", diag.InvalidString, "A plain string belongs here, without ${ }. Write $${ for a literal ${."},
	{"Unterminated string literal", diag.InvalidString, "Close the string with a double quote."},
	{"Unterminated template", diag.InvalidString, "Close the string with a double quote, or the heredoc with its end mark on a line of its own."},
	{"Unclosed template", diag.InvalidString, "Close ${ with }. Write $${ for a literal ${."},
	{"Extra characters after interpolation", diag.InvalidString, "Only one expression fits between ${ and }; inside it, quotes belong to the expression. Write $${ for a literal ${."},
	{"Extra characters in", diag.InvalidString, "Remove what follows the keyword, or write %%{ for a literal %{."},
	{"Unexpected comma", diag.SyntaxError, "Attributes stand on lines of their own, without commas. Remove the comma."},
	{"Unexpected end of template", diag.InvalidString, "The string ends inside %{ }. Close it, or write %%{ for a literal %{."},
	{"Unexpected", diag.InvalidString, "The parts %{ if }, %{ else }, %{ endif } and %{ for }, %{ endfor } go together. Write %%{ for a literal %{."},
	{"Invalid template", diag.InvalidString, "The parts %{ if }, %{ else }, %{ endif } and %{ for }, %{ endfor } go together. Write %%{ for a literal %{."},
	{"Invalid 'for' directive", diag.InvalidString, "Write %{ for name in list } ... %{ endfor }."},
	{"Missing expression", diag.InvalidExpression, "An expression belongs here: a value, a reference such as row.email, or a function call."},
	{"Invalid expression", diag.InvalidExpression, "An expression belongs here: a value, a reference such as row.email, or a function call."},
	{"Invalid 'for' expression", diag.InvalidExpression, "Write [for x in list : value] or { for k, v in map : name => value }."},
	{"Missing false expression", diag.InvalidExpression, "A condition has two outcomes: condition ? value if true : value if false."},
	{"Missing attribute value", diag.InvalidExpression, "Give the item a value: name = expression."},
	{"Missing key/value separator", diag.InvalidExpression, "An item of an object is name = expression."},
	{"Invalid attribute name", diag.InvalidExpression, "After a dot comes a name. A name that is no identifier is written in brackets: row[\"First Name\"]."},
	{"Attribute name required", diag.InvalidExpression, "After a dot comes a name. A name that is no identifier is written in brackets: row[\"First Name\"]."},
	{"Invalid legacy index", diag.InvalidExpression, "Write an index in brackets: list[0]."},
	{"Index value required", diag.InvalidExpression, "Put a value between the brackets."},
	{"Nested splat", diag.InvalidExpression, "Use a `for` expression instead of the second [*]."},
	{"Extra characters after expression", diag.InvalidExpression, "The expression ends before this. An operator may be missing."},
	{"Missing function name", diag.InvalidExpression, "Name a function before the parenthesis."},
	{"Missing argument separator", diag.UnclosedBracket, "Put a comma between arguments, or close the call with )."},
	{"Missing item separator", diag.UnclosedBracket, "Put a comma between items, or close the list with ]."},
	{"Missing attribute separator", diag.UnclosedBracket, "Put a new line or a comma between the items of an object, or close it with }."},
	{"Missing close", diag.UnclosedBracket, "Close the bracket or parenthesis."},
	{"Unbalanced parentheses", diag.UnclosedBracket, "Close the parenthesis."},
	{"Unclosed index", diag.UnclosedBracket, "Close the index with ]."},
	{"Unterminated function call", diag.UnclosedBracket, "Close the call with )."},
	{"Unterminated object", diag.UnclosedBracket, "Close the object with }."},
	{"Unterminated tuple", diag.UnclosedBracket, "Close the list with ]."},
	{"Invalid argument name", diag.SyntaxError, "Write the attribute's name without quotes: name = expression."},
	{"Missing newline after argument", diag.SyntaxError, "The expression ends before this. Begin a new line after each attribute; an operator may be missing."},
	{"Missing newline after", diag.SyntaxError, "Begin a new line after the closing brace of a block."},
	{"Invalid single-argument block", diag.SyntaxError, "A block on one line holds one attribute at most. Put each attribute on a line of its own."},
	{"Invalid block definition", diag.SyntaxError, "A block is its type, its labels in quotes and an opening brace on the same line. An attribute takes an equals sign: name = expression."},
	{"Argument", diag.SyntaxError, "An attribute (name = expression) or a block (type \"label\" { ... }) belongs here. A closing brace may be too many."},
}

// translate maps an error of HCL's parser. Its own text is not passed on.
func translate(d *hcl.Diagnostic) diag.Diagnostic {
	var at diag.Range
	if d.Subject != nil {
		at = *d.Subject
		if at.End.Line > at.Start.Line { // HCL points at the end of the line
			at.End = at.Start
		}
	}
	for _, e := range hclErrors {
		if strings.HasPrefix(d.Summary, e.begin) {
			return diag.New(e.code, at, "%s", e.detail)
		}
	}
	return diag.New(diag.SyntaxError, at, "This cannot be read as HCL: a body holds attributes (name = expression) and blocks (type \"label\" { ... }), each on a line of its own.")
}
