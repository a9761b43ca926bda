package diag

// Codes of node selection (0920 to 0939).
const (
	SelectionEmpty         Code = "LEAT0920"
	SelectionInvalid       Code = "LEAT0921"
	SelectorMethodUnknown  Code = "LEAT0922"
	SelectorValueInvalid   Code = "LEAT0923"
	SelectorsInvalid       Code = "LEAT0924"
	SelectorUnknown        Code = "LEAT0925"
	SelectionNeedsState    Code = "LEAT0926"
	SavedStateUnusable     Code = "LEAT0927"
	SavedActivationsAbsent Code = "LEAT0928"
	NoActivationSelected   Code = "LEAT0929"
)

var selectCodes = []Info{
	{SelectionEmpty, Warning, "nothing matches a selection",
		"A term of --select, --exclude or a YAML selector matches no model, source, activation or other node. That is no error, as state:modified may rightly match nothing, but a misspelt name looks the same. Terms joined by commas must all hold for one node."},
	{SelectionInvalid, Error, "selection cannot be read",
		"A selection is terms separated by spaces; each is METHOD:VALUE or a name, with + before it for its parents and after it for its children (2+ and +2 for so many generations), or @ before it. Commas without spaces join what must all hold."},
	{SelectorMethodUnknown, Error, "unknown selection method",
		"The word before the colon says how to select: tag, path, fqn, config, package, group, access, version, source, exposure, resource_type, file, test_name, test_type, state, result, selector, activation, destination and others of dbt."},
	{SelectorValueInvalid, Error, "selection method has no such value",
		"Some methods take one of a few values, as access:public or state:modified, or a value of a certain form, as source:NAME.TABLE."},
	{SelectorsInvalid, Error, "YAML selector cannot be used",
		"selectors.yml of the dbt project is not valid YAML, or a definition in it is none of the forms dbt documents: a selection as on the command line, METHOD: VALUE, a mapping with method and value, or a list under union or intersection."},
	{SelectorUnknown, Error, "unknown YAML selector",
		"--selector and selector: name a selector of selectors.yml in the dbt project."},
	{SelectionNeedsState, Error, "selection needs a saved state",
		"state: and result: compare with an earlier run. Name the folder with its manifest.json (and run_results.json, and what `leat validate --save-state` writes) with --state, or in DBT_STATE."},
	{SavedStateUnusable, Error, "saved state cannot be used",
		"The folder given with --state lacks the file that the selection compares with, or the file is damaged. Save it again: `leat validate --save-state FOLDER` after `dbt parse` or `dbt build`."},
	{SavedActivationsAbsent, Warning, "saved state knows no activations",
		"The folder given with --state has a manifest.json but not the digests of activations, leat_ir.json, so every activation counts as new. `leat validate --save-state FOLDER` writes both."},
	{NoActivationSelected, Warning, "no activation is selected",
		"The selection matches dbt nodes, but the command acts on activations. An activation is a child of its model: put a + after the model's name to select the activations of it."},
}
