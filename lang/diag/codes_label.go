package diag

// Codes of labels and policies (0550-0579).
const (
	EmptyLabel        Code = "LEAT0550"
	InvalidPattern    Code = "LEAT0551"
	LabelNotAccepted  Code = "LEAT0552"
	UnknownLabel      Code = "LEAT0553"
	PolicyViolated    Code = "LEAT0554"
	PolicyReference   Code = "LEAT0555"
	PolicyFunction    Code = "LEAT0556"
	PolicyUndecidable Code = "LEAT0557"
	UnlabelledPII     Code = "LEAT0558"
)

var labelCodes = []Info{
	{EmptyLabel, Error, "Label marks nothing", "A label block says which columns carry the label: by dbt `tags`, by dbt `meta`, or by patterns of column names in `columns`. To switch the built-in label pii off, write `tags = []`."},
	{InvalidPattern, Error, "Invalid pattern of column names", "In `columns`, * stands for any characters, ? for one and [a-z] for one of a range. Case does not count."},
	{LabelNotAccepted, Error, "Destination does not accept the label", "dbt tags, dbt meta or a label block put a label on a column that the value is made of, and `accepts` of the destination does not list it. If the destination may hold such values, a person who may decide so adds the label to `accepts`. Otherwise map a hash (sha256 turns pii into pii:hashed, a label of its own), map another column, or leave the field out. A destination that accepts a label accepts its hashes."},
	{UnknownLabel, Warning, "Nothing carries this label", "No label block has this name, so that no value ever carries it: an `accepts` that lists it accepts nothing more, and a policy that asks for it never applies. The label pii exists without a block; a label with :hashed belongs to hashes."},
	{PolicyViolated, Error, "Policy violated", "A `policy` block of this configuration does not allow what is mapped here. Change the mapping or the destination, or have the policy changed by those who own it. Plans and applies stop with exit code 3 before anything is read."},
	{PolicyReference, Error, "Policy refers to something that does not exist", "A policy sees `mapping`, `activation` and `target` with the attributes listed in the explanation of labels, and var and local. It never sees rows."},
	{PolicyFunction, Error, "Unknown function in a policy", "Policies have a few functions over texts and lists, listed in the explanation of labels. The functions of expressions over rows do not exist there."},
	{PolicyUndecidable, Error, "Policy cannot be decided", "`when` and `assert` must be true or false for everything they are asked about, and `message` must be a text. A policy that cannot be decided counts as violated."},
	{UnlabelledPII, Warning, "Value for a personal field carries no label", "The destination's own schema says that the field holds personal data, and no label says so of the column it is fed from. Tag the column in dbt so that leat protects it everywhere, or, if it is not personal, leave it: the configuration has a label pii, and this is where it may have been forgotten."},
}
