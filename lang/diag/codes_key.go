package diag

// Codes of identity, keys and proofs (03xx).
const (
	MissingID       Code = "LEAT0301"
	NullableKey     Code = "LEAT0302"
	UnprovenKey     Code = "LEAT0303"
	KeyNotCandidate Code = "LEAT0304"
	FieldIsKey      Code = "LEAT0305"
	MissingKey      Code = "LEAT0306"
	DuplicateOwner  Code = "LEAT0309"

	NullableKeyRequired Code = "LEAT0310"
	UnprovenKeyRequired Code = "LEAT0311"
	EnumMismatch        Code = "LEAT0312"
	NothingToExplain    Code = "LEAT0313"

	LookupCycle            Code = "LEAT0314"
	LookupTarget           Code = "LEAT0315"
	LookupField            Code = "LEAT0316"
	LookupUnproven         Code = "LEAT0317"
	LookupUnprovenRequired Code = "LEAT0318"
)

var keyCodes = []Info{
	{MissingID, Error, "Activation without an id", "`id` says who a row is, for good: state, rejects and removals refer to it. It defaults to the key's columns only where the key is made of bare columns. Name the model's primary key."},
	{NullableKey, Warning, "Key or id may be null", "A row whose key or id is null is invalid and is left out; a null id also suspends all removals. Add a not_null test to the dbt model, exclude nulls in `where`, or give the expression a value with coalesce."},
	{UnprovenKey, Warning, "Nothing proves that the key or id is unique", "Two rows with one id or key are both invalid and left out. Add a `unique` test (or unique_combination_of_columns) on these columns to the dbt model. The plan checks the data in any case."},
	{KeyNotCandidate, Error, "Key is not a key of the object", "The destination can look records up by certain fields only."},
	{FieldIsKey, Error, "Field is mapped in key and in fields", "A key field's value is sent with the key. Remove it from `fields`."},
	{MissingKey, Error, "Activation without a key", "`key` says where a row lives in the destination: destination field = expression. Only mode = \"append\" needs none."},
	{DuplicateOwner, Error, "Two activations own one field", "Two activations map the same field of the same object of the same account, so each would undo the other."},
	{NullableKeyRequired, Error, "Required proof is missing: key or id may be null", "As LEAT0302, in an activation with proofs = \"require\". Add a not_null test to the dbt model, exclude nulls in `where`, or be content with a warning: proofs = \"warn\"."},
	{UnprovenKeyRequired, Error, "Required proof is missing: nothing proves that the key or id is unique", "As LEAT0303, in an activation with proofs = \"require\". Add a `unique` test (or unique_combination_of_columns) to the dbt model, or be content with a warning: proofs = \"warn\"."},
	{EnumMismatch, Error, "Value is not an option of the field", "The destination's field takes a fixed list of values. A constant, or a value that an accepted_values test of the dbt model allows, is not on it, and rows with it would be invalid. Map it to an option with a conditional, exclude it in `where`, or add the option in the destination and pull its schema again."},
	{NothingToExplain, Error, "Nothing of that name to explain", "`leat why` explains activations of the project by address, and their parts by name: fields, key fields, and id."},
	{LookupCycle, Error, "Lookups run in a circle", "An activation is applied after those whose records it looks up, so lookups must not lead back to where they began. Break the circle: let a second activation with mode = \"update_only\" set the field once all records exist."},
	{LookupTarget, Error, "The records have no id to look up", "A lookup yields the id that the destination gives a record or, where it gives none, the record's key. Rows that are only appended have neither, and a key of several fields is no single value."},
	{LookupField, Error, "The field cannot hold the id of a record", "Ids of records are texts, some of them numbers. Map the lookup to a field that holds a text or a number."},
	{LookupUnproven, Warning, "Nothing proves that the lookup finds a record", "A row whose lookup finds no record is held: it is not sent until the other one exists. Add a `relationships` test to the dbt model, so that such rows are found when they are built. It counts where the other activation keeps every row of its model."},
	{LookupUnprovenRequired, Error, "Required proof is missing: the lookup may find no record", "As LEAT0317, in an activation with proofs = \"require\". Add a `relationships` test to the dbt model, or be content with a warning: proofs = \"warn\"."},
}
