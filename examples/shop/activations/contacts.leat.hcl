# Customers who ordered at least once, as contacts of the CRM.

activation "contacts" {
  description = "Customer value scores for sales"
  owner       = local.owner
  tags        = ["daily"]

  from  = ref("customers")
  to    = destination.hubspot.crm.contacts
  where = row.number_of_orders > 0
  mode  = "upsert"

  id  = row.customer_id
  key = { email = row.email } # the model has it in lower case

  fields = {
    firstname        = row.first_name
    lastname         = row.last_name
    number_of_orders = row.number_of_orders
    lifetime_value   = round(row.customer_lifetime_value, 2)
    segment          = row.number_of_orders >= var.loyal_from ? "loyal" : "new"
    first_order      = row.first_order
  }

  # A date that goes away in the warehouse is cleared in the CRM too.
  field "most_recent_order" {
    value = row.most_recent_order
    nulls = "clear"
  }

  on_removed = "archive"

  guard {
    max_creates = 1000
    max_updates = "50%"
    max_removes = "5%"
    min_rows    = 1
  }
}
