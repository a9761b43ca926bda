package diag

// Codes of the dbt project and its artifacts (04xx).
const (
	ArtifactDamaged   Code = "LEAT0401"
	ArtifactEmpty     Code = "LEAT0402"
	ArtifactWrongKind Code = "LEAT0403"
	ArtifactTooOld    Code = "LEAT0404"
	ArtifactUnread    Code = "LEAT0405"
	ArtifactNewer     Code = "LEAT0406"
	ArtifactOddEntry  Code = "LEAT0407"
	CatalogStale      Code = "LEAT0408"

	ModelUnknown   Code = "LEAT0410"
	SourceUnknown  Code = "LEAT0411"
	ModelAmbiguous Code = "LEAT0412"
	ModelDisabled  Code = "LEAT0413"
	ModelEphemeral Code = "LEAT0414"
	VersionUnknown Code = "LEAT0415"
	PackageUnknown Code = "LEAT0416"

	ColumnUnknown   Code = "LEAT0420"
	ColumnAmbiguous Code = "LEAT0421"

	ProjectInvalid     Code = "LEAT0440"
	ProfilesInvalid    Code = "LEAT0441"
	ProfileNotChosen   Code = "LEAT0442"
	ProfileUnknown     Code = "LEAT0443"
	TargetUnknown      Code = "LEAT0444"
	TargetNoType       Code = "LEAT0445"
	ProfileEnvUnset    Code = "LEAT0446"
	ProfileJinja       Code = "LEAT0447"
	ProfileConversion  Code = "LEAT0448"
	ProfileFieldNeeded Code = "LEAT0449"

	ModelPrivate     Code = "LEAT0450"
	ModelDeprecated  Code = "LEAT0451"
	ModelDeprecating Code = "LEAT0452"
)

var dbtCodes = []Info{
	{ArtifactDamaged, Error, "dbt artifact is damaged",
		"The file is not complete, valid JSON. It was probably cut short: dbt was stopped while writing it, or a copy or download did not finish. Run the dbt command again (`dbt build` or `dbt parse` for manifest.json, `dbt docs generate` for catalog.json) and give leat the new file."},
	{ArtifactEmpty, Error, "dbt artifact is empty",
		"The file holds nothing. dbt was stopped before it wrote the file, or a copy failed. Run the dbt command again; leat never guesses what an empty manifest would have said."},
	{ArtifactWrongKind, Error, "not the dbt artifact expected here",
		"dbt writes several JSON files into its target folder: manifest.json, catalog.json, run_results.json and others. The file given is a different one than the one wanted at this place, or was not written by dbt. Point leat at the folder that holds dbt's own files, under their own names."},
	{ArtifactTooOld, Error, "dbt artifact is too old",
		"leat reads manifests of schema v4 and later (dbt 1.0 and later, both engines), run results of v4 and later and catalogs of v1. An older dbt wrote this file. Upgrade dbt to 1.0 or later, run it again, and leat can read what it writes."},
	{ArtifactUnread, Error, "dbt artifact cannot be read",
		"The operating system reported a failure in the middle of the file. Check the disk or the network drive it is on and try again."},
	{ArtifactNewer, Warning, "dbt artifact is newer than this leat",
		"The file states a schema version this release of leat has not been tested with. It is read as the newest version leat knows, which usually works because dbt adds fields and seldom changes them. If something looks wrong, upgrade leat."},
	{ArtifactOddEntry, Warning, "entry in a dbt artifact was skipped",
		"An entry of the file does not have the shape dbt gives it, so leat cannot use it. The rest of the file was read. This happens after editing an artifact by hand or with another tool; let dbt write it again."},
	{CatalogStale, Warning, "catalog and manifest are from different times",
		"catalog.json was written long before or after manifest.json, so the column types in it may not be those of the models as they are now. Run `dbt docs generate` to bring both up to date. At plan time leat reads types from the warehouse itself."},

	{ModelUnknown, Error, "unknown dbt model",
		"No enabled model, seed or snapshot of that name is in the manifest. Check the spelling; if the model is new, run `dbt parse` so that the manifest knows it."},
	{SourceUnknown, Error, "unknown dbt source",
		"No source table of that name is in the manifest. The first argument of source() is the name of the source, the second the name of its table, as in the dbt YAML. If it is new, run `dbt parse`."},
	{ModelAmbiguous, Error, "dbt name is ambiguous",
		"Several nodes of the manifest answer to this name, in different packages or differing only in upper and lower case. Write the package as the first argument, ref(\"package\", \"model\"), or the exact spelling."},
	{ModelDisabled, Error, "dbt model is disabled",
		"The model exists in the dbt project but is switched off (`enabled: false`), so dbt does not build it and there is nothing to read. Enable it, or use another model."},
	{ModelEphemeral, Error, "dbt model is ephemeral",
		"An ephemeral model is never built in the warehouse: dbt pastes its SQL into the models that use it. leat needs a table or view to read. Materialise it as a view or a table, or activate a model built on it."},
	{VersionUnknown, Error, "unknown version of a dbt model",
		"The model has versions, but not the one asked for. ref(\"name.v2\") means version 2; ref(\"name\") means the model's latest version as set in the dbt YAML."},
	{PackageUnknown, Error, "unknown dbt package",
		"The first of the two arguments of ref() is the name of a dbt package. No enabled model of the manifest belongs to a package of that name."},

	{ColumnUnknown, Error, "unknown column",
		"The model has no column of that name. The list of columns is known because the catalog or an enforced contract gives it. Check the spelling; if the column is new, build the model and run `dbt docs generate`."},
	{ColumnAmbiguous, Error, "column name is ambiguous",
		"Several columns differ from the name written only in upper and lower case, and none is spelt exactly so. Write one of them exactly, as row[\"Name\"]."},

	{ProjectInvalid, Error, "dbt_project.yml cannot be used",
		"The file is not valid YAML, or lacks what every dbt project states: a name and, unless given elsewhere, a profile. `dbt parse` reports the same problem."},
	{ProfilesInvalid, Error, "profiles.yml cannot be used",
		"The file is not valid YAML, or is not laid out as dbt wants it: a profile name, below it `target` and `outputs`, and below `outputs` one block of settings a target. `dbt debug` reports the same problem."},
	{ProfileNotChosen, Error, "no dbt profile is named",
		"dbt_project.yml has no `profile:`, so leat does not know which profile of profiles.yml to use. Add it there."},
	{ProfileUnknown, Error, "unknown dbt profile",
		"profiles.yml has no profile of that name. The name comes from `profile:` in dbt_project.yml. Check the spelling, and that leat reads the profiles.yml you mean (DBT_PROFILES_DIR, the project folder, then ~/.dbt)."},
	{TargetUnknown, Error, "unknown dbt target",
		"The profile has no output of that name. The target is, in this order: the one given to leat, the environment variable DBT_TARGET, `target:` of the profile, or \"default\"."},
	{TargetNoType, Error, "dbt target has no type",
		"Every output of a profile states `type:`, the kind of warehouse, such as duckdb or postgres."},
	{ProfileEnvUnset, Error, "environment variable of a profile is not set",
		"The chosen target of profiles.yml reads an environment variable that is not set and has no default. Set it, or give a default: {{ env_var('NAME', 'default') }}. Variables of other targets are not needed."},
	{ProfileJinja, Error, "unsupported Jinja in a profile",
		"In profiles.yml leat renders {{ env_var('NAME') }}, {{ env_var('NAME', 'default') }}, quoted text joined with ~ or +, and the filters as_text, as_number, as_bool and as_native. Anything else, such as macros, conditions or var(), is not run. Put the value into an environment variable."},
	{ProfileConversion, Error, "value of a profile has the wrong type",
		"The rendered value is not a number or a boolean where the filter or the field demands one. The value itself is not shown, as it may be secret."},
	{ProfileFieldNeeded, Error, "profile lacks a setting",
		"The warehouse of this type cannot be reached without the setting named. Add it to the target in profiles.yml."},
	{ModelPrivate, Error, "model is private to a dbt group",
		"A model with `access: private` is for its own group: its owners change it without asking anyone. Activate a model that they offer to others (protected or public), or ask them to open this one. An activation belongs to the group when its `owner` is the group's owner, by name or e-mail address."},
	{ModelDeprecated, Warning, "model is past its deprecation date",
		"The dbt project has set a deprecation_date for this model or version, and it has passed: the model may be dropped in any pull request. Move the activation to the latest version, or to what replaces the model."},
	{ModelDeprecating, Warning, "model will be deprecated",
		"The dbt project has set a deprecation_date in the future for this model or version. Move the activation to the latest version, or to what replaces the model, before that day."},
}
