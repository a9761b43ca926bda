package diag

// Codes of comparing two manifests (0470 to 0489).
const (
	AgainstModelRemoved  Code = "LEAT0470"
	AgainstModelDisabled Code = "LEAT0471"
	AgainstModelUnbuilt  Code = "LEAT0472"
	AgainstAccessLost    Code = "LEAT0473"
	AgainstColumnDropped Code = "LEAT0474"
	AgainstColumnRenamed Code = "LEAT0475"
	AgainstRetyped       Code = "LEAT0476"
	AgainstNarrowed      Code = "LEAT0477"
	AgainstNullable      Code = "LEAT0478"
	AgainstUniqueLost    Code = "LEAT0479"
	AgainstEnumLost      Code = "LEAT0480"
	AgainstRelationMoved Code = "LEAT0481"
	AgainstUnusable      Code = "LEAT0482"
)

var againstCodes = []Info{
	{AgainstModelRemoved, Error, "a model that an activation reads is gone",
		"The other manifest has the model, seed, snapshot or source; this one does not. Keep it, or change `from` of the activations in the same release."},
	{AgainstModelDisabled, Error, "a model that an activation reads was disabled",
		"dbt no longer builds the model, so the activation would read what was built last, for ever. Enable it, or change `from` of the activations."},
	{AgainstModelUnbuilt, Error, "a model that an activation reads became ephemeral",
		"An ephemeral model has no table or view to read rows from. Materialise it as a view or a table."},
	{AgainstAccessLost, Error, "access to a model was narrowed",
		"The model is now private, or belongs to another group, so that activations may no longer rely on it. Keep its access, or move the activations to a model meant for others."},
	{AgainstColumnDropped, Error, "a column that an activation uses is gone",
		"The other manifest or its catalog has the column; this one does not, or documents it no longer. Keep the column, or change the expressions that use it in the same release."},
	{AgainstColumnRenamed, Error, "a column that an activation uses was renamed",
		"The column is gone, and a new one of the same type with a similar name or the same description stands in the model. Change the expressions that use it in the same release, or keep both names for a while."},
	{AgainstRetyped, Error, "a column that an activation uses changed its type",
		"The declared or catalogued type of the column is of another kind than before, so that values may look different in the destination or fail to convert."},
	{AgainstNarrowed, Error, "a column that an activation uses became narrower",
		"The column holds fewer digits, shorter text or fewer values than before. Destinations that hold longer values would have them replaced by shorter ones."},
	{AgainstNullable, Error, "a column that an activation uses may now be null",
		"A not_null test or constraint is gone, disabled, given a `where` or lowered to a warning. Where the column is part of an id or a key, rows without it are left out, and while there is one nothing is removed. Elsewhere it is a warning."},
	{AgainstUniqueLost, Error, "nothing proves any longer that a key is unique",
		"A unique test or constraint on which the id or key of an activation relies is gone, disabled, given a `where` or lowered to a warning. Rows that share a value would be invalid and left out."},
	{AgainstEnumLost, Error, "nothing limits the values of a column any longer",
		"An accepted_values test is gone or has no force any more. Where the column feeds a field with a closed list of options, values outside of the list would be invalid. Elsewhere it is a warning."},
	{AgainstRelationMoved, Warning, "a model that an activation reads is another relation",
		"Database, schema or alias of the model differ between the two manifests. That is expected when they were written for different targets; else the activation would read another table."},
	{AgainstUnusable, Error, "nothing to compare with",
		"--against takes a manifest.json of dbt, or a folder that holds one, optionally with the catalog.json written for it."},
}
