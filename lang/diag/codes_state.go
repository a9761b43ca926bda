package diag

// Codes of state, saved plans and locks (07xx).
const (
	StateDamaged     Code = "LEAT0701"
	StateVersion     Code = "LEAT0702"
	StateEnvironment Code = "LEAT0703"
	StateLocked      Code = "LEAT0704"
	StateStale       Code = "LEAT0705"

	PlanDamaged     Code = "LEAT0720"
	PlanEmpty       Code = "LEAT0721"
	PlanForeign     Code = "LEAT0722"
	PlanVersion     Code = "LEAT0723"
	PlanDoneAlready Code = "LEAT0724"
	ChangeSetDamage Code = "LEAT0726"
)

var stateCodes = []Info{
	{StateDamaged, Error, "state is damaged",
		"A file of the state folder is cut short, missing or was changed. leat does not guess what the destination holds. Restore the state folder from a backup. The index alone is rebuilt without a word, as it can be."},
	{StateVersion, Error, "state has an unknown format version",
		"The state was written by another major version of the format than this leat reads. Use the release of leat that wrote it, or a later one."},
	{StateEnvironment, Error, "state belongs to another environment",
		"State of one environment is never read by another: it would take the records of one account for those of another. Check `environment` and `state`, and the dbt target they follow."},
	{StateLocked, Error, "state is locked by another run",
		"Only one run at a time may write the state of an environment. Wait for the other to finish. The lock is held by the operating system and ends with the process that holds it and with its plugins; there is nothing to clean up after a crash."},
	{StateStale, Error, "state has changed since the plan was made",
		"Another run changed the state of the activation after this plan was made, so that the plan's changes no longer start from what the destination holds. Make a new plan."},
	{PlanDamaged, Error, "plan file is damaged",
		"The file is not complete, valid JSON. It was probably cut short while it was written or copied. Make the plan again, or fetch the file again."},
	{PlanEmpty, Error, "plan file is empty",
		"The file holds nothing: the command that should have written it failed, or a copy did not finish. Make the plan again with `leat plan -o FILE`."},
	{PlanForeign, Error, "file is not a leat plan",
		"The file is valid JSON but not a plan that leat wrote. `leat plan -o FILE` writes one. dbt artifacts and Terraform plans are other things."},
	{PlanVersion, Error, "plan has an unknown format version",
		"The plan was written in another major version of the format than this leat reads. Use the release of leat that wrote it, or plan again."},
	{PlanDoneAlready, Error, "plan was applied already",
		"A plan is applied once: its changes start from the state before it. Make a new plan; when nothing is left to do, it says so."},
	{ChangeSetDamage, Error, "change set is damaged",
		"The rows stored with the plan do not have the digest that the plan gives for them, so they are not what was reviewed. Nothing was sent. Plan again."},
}
