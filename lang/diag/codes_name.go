package diag

// Codes of names, blocks and references (01xx). Below 0150 they are those of
// lang/syntax, which proves that each has a golden; from there on they are those
// of later passes.
const (
	UnknownBlock        Code = "LEAT0101"
	UnknownAttribute    Code = "LEAT0102"
	MissingAttribute    Code = "LEAT0103"
	WrongLabels         Code = "LEAT0104"
	DuplicateBlock      Code = "LEAT0105"
	DuplicateName       Code = "LEAT0106"
	NotABlock           Code = "LEAT0107"
	NotAnAttribute      Code = "LEAT0108"
	InvalidName         Code = "LEAT0109"
	DuplicateField      Code = "LEAT0110"
	ComputedFieldName   Code = "LEAT0111"
	NotStatic           Code = "LEAT0112"
	InvalidSourceRef    Code = "LEAT0113"
	InvalidTargetRef    Code = "LEAT0114"
	MisplacedEnv        Code = "LEAT0115"
	InvalidEnv          Code = "LEAT0116"
	UnknownVariable     Code = "LEAT0117"
	UnknownLocal        Code = "LEAT0118"
	ReferenceCycle      Code = "LEAT0119"
	UnknownVariableFlag Code = "LEAT0120"
	UnsetVariable       Code = "LEAT0121"
	InvalidVariableType Code = "LEAT0122"
	InvalidVariable     Code = "LEAT0123"
	InvalidValue        Code = "LEAT0124"
	MisplacedReference  Code = "LEAT0125"
	NotConstant         Code = "LEAT0126"

	InvalidActivationRef Code = "LEAT0160"
	InvalidMove          Code = "LEAT0161"
	InvalidForEach       Code = "LEAT0162"
	UnknownActivation    Code = "LEAT0163"
	MovedStillThere      Code = "LEAT0164"
	MovedNowhere         Code = "LEAT0165"
	MovesContradict      Code = "LEAT0166"

	FailedValidation    Code = "LEAT0180"
	UnrelatedValidation Code = "LEAT0181"
)

var nameCodes = []Info{
	{UnknownBlock, Error, "Unknown block", "The blocks that may stand in each place are fixed. Correct the name, or move the block to where it belongs."},
	{UnknownAttribute, Error, "Unknown attribute", "The attributes of each block are fixed. Correct the name, or move the attribute to the block it belongs to."},
	{MissingAttribute, Error, "Missing attribute", "The block cannot do its work without this attribute."},
	{WrongLabels, Error, "Wrong labels", "The quoted words between a block's type and its brace say what it is and what it is called, such as destination \"hubspot\" \"crm\". Each type of block has a fixed number of them."},
	{DuplicateBlock, Error, "Block stands twice", "This block may stand once only. Merge the two."},
	{DuplicateName, Error, "Name is taken", "Names are unique per type of block in the whole project, over all files. Rename one of the two."},
	{NotABlock, Error, "Attribute written as a block", "An attribute takes an equals sign: fields = { ... }. The same braces without one make a block."},
	{NotAnAttribute, Error, "Block written as an attribute", "A block takes no equals sign: guard { ... }."},
	{InvalidName, Error, "Invalid name", "Names of blocks begin with a letter and hold letters, digits, _ and -, so that activation.name can refer to them."},
	{DuplicateField, Error, "Field is mapped twice", "A destination field may be mapped once in `key` or `fields`, `field` blocks included. HCL itself would silently keep the last."},
	{ComputedFieldName, Error, "Field name is computed", "The names in `key` and `fields` are read before anything is evaluated, so that every field can be checked against the destination's schema. Write each name as it is: name = ..., or \"a name\" = ...."},
	{NotStatic, Error, "Mapping is not written out", "`key` and `fields` are objects written out in place, { field = expression, ... }: not a `for`, not a reference, not a function call. Every mapped field then has a place in the file that diagnostics and plans can point at."},
	{InvalidSourceRef, Error, "Invalid source of rows", "`from` is ref(\"model\"), ref(\"package\", \"model\"), ref(\"model.v2\") or source(\"source\", \"table\"), with the names written as plain strings."},
	{InvalidTargetRef, Error, "Invalid target", "`to` is destination.TYPE.NAME.OBJECT, where TYPE and NAME are the labels of a destination block. An object whose name is no identifier is written destination.TYPE.NAME[\"OBJECT\"]."},
	{MisplacedEnv, Error, "env() is not allowed here", "env() may be the whole value of an attribute of a `config` or `state` block, or the key of a keyed function such as hmac_sha256, nothing else: plans then store the variable's name and never its value. For other settings use a variable, which --var and LEAT_VAR_<name> can set."},
	{InvalidEnv, Error, "Invalid env()", "env() takes the name of one environment variable as a plain string: env(\"HUBSPOT_TOKEN\")."},
	{UnknownVariable, Error, "Unknown variable", "var.NAME refers to a block variable \"NAME\" in any file of the project."},
	{UnknownLocal, Error, "Unknown local", "local.NAME refers to an attribute of a `locals` block in any file of the project."},
	{ReferenceCycle, Error, "Locals refer to each other in a circle", "A local cannot, over any number of steps, be made from itself. Give one of them a value that does not depend on the others."},
	{UnknownVariableFlag, Error, "Value for an unknown variable", "--var sets a variable that a block variable \"NAME\" declares."},
	{UnsetVariable, Error, "Variable has no value", "A variable without a default must be given one: --var NAME=VALUE, or LEAT_VAR_NAME in the environment."},
	{InvalidVariableType, Error, "Invalid type of a variable", "The types of variables are string, number, bool, any, list(T), set(T), map(T), tuple([T, ...]) and object({ name = T, ... }), in which optional(T) and optional(T, default) are members that may be left out."},
	{InvalidVariable, Error, "Value does not fit the variable's type", "The value given, or the default, cannot be converted to the type the variable declares. On the command line, values of types other than string are written as HCL: --var 'regions=[\"eu\", \"us\"]'."},
	{InvalidValue, Error, "Invalid value", "The attribute takes another kind of value, or one out of a fixed list."},
	{MisplacedReference, Error, "Reference is not allowed here", "Each place has its own roots. `row` exists where an expression is evaluated per row (where, id, key, fields); settings can use var and local only."},
	{NotConstant, Error, "Expression has no fixed value", "Settings, variables and locals are evaluated before there are rows. They may use literals, var, local, operators, templates, `for` and functions whose result does not depend on when and where they are asked, and must not fail: can(x) says whether x has a value."},
	{InvalidActivationRef, Error, "Invalid reference to an activation", "An activation is referred to as activation.NAME, one instance of an activation with for_each as activation.NAME[\"KEY\"], and in a block `moved` a field of one as activation.NAME.field[\"FIELD\"] and a key field as activation.NAME.key[\"FIELD\"]."},
	{InvalidMove, Error, "Invalid move", "A block `moved` says that something in the configuration was renamed: an activation to an activation, a field to a field of the same activation, a key field to a key field of the same activation. `to` is a name that the configuration has, `from` one that it has no more."},
	{UnknownActivation, Error, "Unknown activation", "activation.NAME refers to a block activation \"NAME\" in any file of the project; activation.NAME[\"KEY\"] to an instance of one that has for_each."},
	{MovedStillThere, Error, "What is gone is still configured", "A block `moved` or `removed` speaks of something that the configuration has no more: `from` is the name it had. Where the activation or field is meant to stay, remove the block; where it was renamed, rename it in its own block, too."},
	{MovedNowhere, Error, "The move leads nowhere", "`to` of a block `moved` is the name that an activation, a field or a key field has now, or one that another `moved` block carries on, or an activation that a `removed` block takes away. Correct the name, or remove the block."},
	{MovesContradict, Error, "Moves contradict each other", "State of one thing goes to one place, and comes from one. Two blocks may not move from one address, nor to one, nor in a circle; and what is moved is not removed."},
	{InvalidForEach, Error, "Invalid `for_each`", "`for_each` takes a map, { eu = \"EU\" }, or a set of strings. Every entry is an instance with an address of its own, activation.NAME[\"KEY\"], under which state is kept; so the keys are given by the configuration, never by position in a list."},
	{FailedValidation, Error, "Value of a variable is refused", "A block `validation` of the variable says what must be true of its value, and it is not true of the one given. Give another value with --var NAME=VALUE or LEAT_VAR_NAME, or change the default."},
	{UnrelatedValidation, Error, "Condition says nothing of its variable", "The condition of a block `validation` decides about the value of the variable it stands in, var.NAME, so it has to refer to it. It may refer to other variables too, but to nothing else."},
}
