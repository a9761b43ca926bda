package diag

// Codes of types and expressions (02xx).
const (
	UnknownColumn      Code = "LEAT0201"
	AmbiguousColumn    Code = "LEAT0202"
	HyphenatedColumn   Code = "LEAT0203"
	UnknownFunction    Code = "LEAT0204"
	ArgumentCount      Code = "LEAT0205"
	ArgumentType       Code = "LEAT0206"
	ArgumentConstant   Code = "LEAT0207"
	OperandType        Code = "LEAT0208"
	Incomparable       Code = "LEAT0209"
	NullOperand        Code = "LEAT0210"
	NeverEqual         Code = "LEAT0211"
	ConditionType      Code = "LEAT0212"
	BranchTypes        Code = "LEAT0213"
	TemplatePart       Code = "LEAT0214"
	UnsupportedExpr    Code = "LEAT0215"
	WholeRow           Code = "LEAT0216"
	InsideColumn       Code = "LEAT0217"
	UnknownRoot        Code = "LEAT0218"
	UnusableConstant   Code = "LEAT0219"
	UnknownConstant    Code = "LEAT0220"
	ClockInIdentity    Code = "LEAT0221"
	ClockInField       Code = "LEAT0222"
	TooManyDigits      Code = "LEAT0223"
	ExpressionTooDeep  Code = "LEAT0224"
	UndocumentedColumn Code = "LEAT0226"
	UnknownMember      Code = "LEAT0227"
	KeyNotSecret       Code = "LEAT0228"

	LookupPlace     Code = "LEAT0240"
	LookupReference Code = "LEAT0241"
	LookupID        Code = "LEAT0242"
)

var exprCodes = []Info{
	{UnknownColumn, Error, "Unknown column", "row.NAME is a column of the activation's model, as the warehouse, the contract, the catalog or the model's YAML has it. Names match exactly first, then without case."},
	{AmbiguousColumn, Error, "Ambiguous column", "No column has exactly this name, and several have it when case is ignored. Write the name exactly, as row[\"Name\"]."},
	{HyphenatedColumn, Error, "Name holds a hyphen", "A hyphen may be part of a name, so row.a-1 is a column called a-1. Put spaces around the minus sign to subtract."},
	{UnknownFunction, Error, "Unknown function", "The functions are listed in docs/reference/functions.md."},
	{ArgumentCount, Error, "Wrong number of arguments", "The call has more or fewer arguments than the function takes."},
	{ArgumentType, Error, "Wrong type of argument", "The function does not take a value of this type. Conversions that may lose something are never made silently: write the function that makes them."},
	{ArgumentConstant, Error, "Argument must be a constant", "This argument decides what the function does, so it must be known when the activation is compiled: a literal, a variable or a local."},
	{OperandType, Error, "Operator does not take this type", "Arithmetic works on numbers, && || ! on truth values. To join texts, or a text and a number, use a template: \"${row.a} ${row.b}\"."},
	{Incomparable, Error, "Values cannot be compared", "The two sides have types that are never equal or have no order. Convert one of them with a function that says how."},
	{NullOperand, Error, "Null on one side", "Arithmetic and order comparison with null always give null. To test for null use == null or != null; to replace it use coalesce."},
	{NeverEqual, Warning, "Comparison is always false", "The column's accepted values do not include this text, so the two are never equal."},
	{ConditionType, Error, "Condition is not a truth value", "What stands before ? decides between the two sides and must be true or false. Null counts as false."},
	{BranchTypes, Error, "Sides have different types", "Both sides of a conditional, and all arguments of coalesce and its kin, must have types with a common type, because a field has one type."},
	{TemplatePart, Error, "Value has no text form", "A template joins texts, numbers, truth values, dates and times. Values of other types need a function that gives them a text."},
	{UnsupportedExpr, Error, "Expression cannot be compiled", "Expressions run as SQL over all rows at once. Lists, objects, for, splat and computed names have no place in them."},
	{WholeRow, Error, "Row without a column", "An expression uses columns of the row: row.NAME, or row[\"NAME\"] for names that are no identifiers."},
	{InsideColumn, Error, "Value has no such part", "A struct has members with names, x.name, and a list elements, x[0]; a json has both. A value of another type has no parts. Take it apart in the dbt model."},
	{UnknownRoot, Error, "Unknown name", "A reference begins with row, var, local or each, depending on where it stands. Text is written in quotes."},
	{UnusableConstant, Error, "Constant is not a single value", "Only texts, numbers, truth values and null can be used in an expression over rows; take one member of the list or object."},
	{UnknownConstant, Error, "Unknown name in a constant", "The variable, local or for_each value has no such member."},
	{ClockInIdentity, Error, "Clock in an identity", "id and key say who a row is and must not change from one plan to the next, so today() and now() are not allowed in them."},
	{ClockInField, Warning, "Clock in a field", "today() and now() change with every plan, and with them every row: each apply sends everything again."},
	{TooManyDigits, Error, "Too many digits", "A decimal has at most 38 digits. Round the operands first."},
	{ExpressionTooDeep, Error, "Expression is nested too deeply", "Expressions may be nested 200 deep. Move a part of it into the dbt model."},
	{UndocumentedColumn, Warning, "Column is not documented", "Neither a contract nor the catalog lists all columns of the model, so a column may exist that dbt does not document; but a documented one has nearly this name. Run `dbt docs generate`, so that leat knows all columns offline."},
	{UnknownMember, Error, "Struct has no such member", "The warehouse's type of the column lists the members of the struct, and this is not one of them."},
	{KeyNotSecret, Error, "Key is not a secret", "A keyed function such as hmac_sha256 takes its key from the environment of a run: env(\"NAME\") is its last argument. Plans and state store the name, never the value. A key in a file, a variable or a column would be in version control, in logs, or in the warehouse beside what it protects."},
	{LookupPlace, Error, "A lookup cannot stand here", "lookup() yields the id that the destination gave the record of another activation's row. It may be known only after that record has been written, so it is the whole value of a field: nothing is computed from it, and no id, key or filter depends on it."},
	{LookupReference, Error, "lookup names no activation", "The first argument of lookup is the activation that keeps the other record: activation.NAME, or activation.NAME[\"KEY\"] for one instance of an activation with for_each."},
	{LookupID, Error, "lookup names another id", "After the activation, lookup takes the id of the row it keeps: as many parts, in the same order, and of the same types as its `id`."},
}
