package diag

// Codes of the tools around the compiler: `init`, `fmt`, `exposures` and
// `graph` (0940 to 0959).
const (
	NothingToFormat    Code = "LEAT0940"
	NoOwner            Code = "LEAT0941"
	ForeignFile        Code = "LEAT0942"
	ExposureTaken      Code = "LEAT0943"
	ExposuresOutdated  Code = "LEAT0944"
	AlreadyInitialised Code = "LEAT0945"
	NoCandidate        Code = "LEAT0946"
	SeveralDBTProjects Code = "LEAT0947"
)

var toolCodes = []Info{
	{NothingToFormat, Error, "Nothing to format", "`leat fmt` formats leat.hcl and every *.leat.hcl below the folders it is given. There is none, so a check that passed would say nothing. Go to the project, or name the files."},
	{NoOwner, Warning, "Activation has no owner", "dbt wants somebody to be named for each exposure. The owner is `owner` of the activation, else the owner of the model's group, else the dbt project. Set owner = \"team@example.com\" in the activation."},
	{ForeignFile, Error, "File was not written by leat", "The file named with -o exists, and its first line does not say that `leat exposures` wrote it. leat overwrites only its own. Name another file, or remove that one."},
	{ExposureTaken, Error, "Exposure name is taken", "The dbt project has an exposure of that name in another file, and dbt accepts a name once. Rename that exposure or the activation."},
	{ExposuresOutdated, Error, "Exposures file is not up to date", "The committed file differs from what the activations say. Run `leat exposures -o FILE` and commit the result."},
	{AlreadyInitialised, Error, "There is a leat project already", "`leat init` starts a project where there is none and never overwrites. This one has activations. Continue with `leat models`, which lists what else can be activated."},
	{NoCandidate, Warning, "No model to begin with", "A first activation needs a model that dbt builds, whose columns are known, with one that is proven unique and not null. Add `unique` and `not_null` tests to the key of a model, run `dbt build`, for the columns `dbt docs generate` (or enforce a contract), and run `leat init` again."},
	{SeveralDBTProjects, Error, "Several dbt projects", "leat.hcl belongs beside one dbt_project.yml, and more than one lies equally near. Run `leat --chdir FOLDER init` with the folder of one."},
}
