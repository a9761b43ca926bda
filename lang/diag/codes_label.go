package diag

// Codes of labels, policies and consent (0550-0579).
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

	// Consent.
	ConsentMatch    Code = "LEAT0559"
	ConsentAllow    Code = "LEAT0560"
	ConsentEmpty    Code = "LEAT0561"
	ConsentGone     Code = "LEAT0562"
	WithdrawnUnused Code = "LEAT0563"
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
	{ConsentMatch, Error, "`match` of consent is not an equality", "`match` says which row of the relation that consent is kept in is about which row here. Both are joined on it, so it is made of equalities alone, joined with &&, each between an expression over `consent` and one over `row`: consent.customer_id == row.customer_id, or lower(consent.email) == lower(row.email). Other conditions belong into the dbt model that keeps consent, into `allow`, or into `where` of the activation."},
	{ConsentAllow, Error, "`allow` of consent is not a condition", "`allow` says of one row of the relation that consent is kept in whether it allows sending: it must be true or false, and depend on that row. Null counts as false. Where several rows match, all of them must allow it."},
	{ConsentEmpty, Error, "The relation that consent is kept in is empty", "Without a row that could match, nobody would have consented, and `on_withdrawn` would be done to every record. That is more likely a failed build than a decision of everybody, so nothing is written. Build the model again and look at it; if everybody did withdraw, remove the activation."},
	{ConsentGone, Warning, "Blocked rows, and consent is not asked for any more", "State holds records that are blocked because consent was withdrawn. The activation has no block `consent` any more, so they are treated like all others and sent again. Is that not meant, then put the block back before applying."},
	{WithdrawnUnused, Warning, "max_withdrawn guards nothing", "`max_withdrawn` limits the removals that a block `consent` causes, and the activation has no such block."},
}
