package diag

// Codes of the command line and of finding a project's files (09xx).
const (
	NoProject        Code = "LEAT0901"
	NoDBTProject     Code = "LEAT0902"
	NoManifest       Code = "LEAT0903"
	NoProfiles       Code = "LEAT0904"
	UnreadableFile   Code = "LEAT0905"
	NoEnvironment    Code = "LEAT0906"
	UnsupportedStore Code = "LEAT0907"
	UnsetEnv         Code = "LEAT0908"
	NotATerminal     Code = "LEAT0909"
	NoSuchState      Code = "LEAT0910"
	NoDiscovery      Code = "LEAT0911"
	NothingStored    Code = "LEAT0912"
	RunUnfinished    Code = "LEAT0913"
)

var commandCodes = []Info{
	{NoProject, Error, "No leat project", "leat looks for leat.hcl in the working directory and every folder above it. Go to the project, name it with --chdir, or create leat.hcl beside dbt_project.yml."},
	{NoDBTProject, Error, "No dbt project", "leat looks for dbt_project.yml from the folder of leat.hcl upward, then downward. Set project_dir in the dbt block."},
	{NoManifest, Error, "No dbt manifest", "The folder of artifacts holds no manifest.json. Run `dbt build` (or `dbt parse`) first, or set artifacts in the dbt block."},
	{NoProfiles, Error, "No profiles.yml", "leat finds the warehouse through dbt's profile. It looks in DBT_PROFILES_DIR, the dbt project's folder and ~/.dbt."},
	{UnreadableFile, Error, "File cannot be read", "A file that the project needs exists but cannot be read. Check its permissions."},
	{NoEnvironment, Error, "Environment is not known", "State belongs to an environment, by default the name of the dbt target. Set environment in leat.hcl, or make the dbt profile readable."},
	{UnsupportedStore, Error, "Warehouse is not supported yet", "This version reads DuckDB warehouses. The compiler works with every adapter; plan and apply do not yet."},
	{UnsetEnv, Error, "Environment variable is not set", "A config block takes a value, or a keyed function its key, from an environment variable that is not set in this shell."},
	{NotATerminal, Error, "Nobody to ask", "apply without a saved plan asks before it writes. Without a terminal, save a plan and apply it, or pass --auto-approve."},
	{NoSuchState, Error, "No such row or activation in state", "State of this environment does not hold what was asked for. `leat state list` shows what it holds."},
	{NoDiscovery, Error, "Destination has no schema to pull", "The plugin takes its objects from the configuration, not from an account."},
	{NothingStored, Error, "Plan file does not belong to this state", "A plan file refers to rows that are kept in the state of the environment it was made in. Make the plan again with `leat plan -o FILE` where the state is."},
	{RunUnfinished, Error, "A run has not ended", "An apply was interrupted, and what became of some rows is not settled yet. State must not change before it is: run `leat apply`, which settles it first."},
}
