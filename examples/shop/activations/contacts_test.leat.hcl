# What the CRM gets to see of customers. `leat test` runs this without a warehouse and without the CRM.

test "a customer with enough orders is loyal" {
  activation = activation.contacts

  given {
    from = ref("customers")
    rows = [
      { customer_id = 1, email = "ann@example.com", first_name = "Ann", number_of_orders = 3, customer_lifetime_value = 10.005 },
      { customer_id = 2, email = "bob@example.com", first_name = "Bob", number_of_orders = 2 },
      { customer_id = 3, email = "cyd@example.com", first_name = "Cyd", number_of_orders = 0 },
    ]
  }

  expect {
    send = [
      { email = "ann@example.com", segment = "loyal", lifetime_value = 10.01 },
      { email = "bob@example.com", segment = "new", lifetime_value = null },
    ]
  }
}

test "who stops ordering is archived, and a date that goes away is cleared" {
  activation = activation.contacts

  given {
    from = ref("customers")
    rows = [{ customer_id = 1, email = "ann@example.com", number_of_orders = 1 }]
  }

  synced {
    rows = [
      { customer_id = 1, email = "ann@example.com", number_of_orders = 1, segment = "new", most_recent_order = "2026-01-31" },
      { customer_id = 2, email = "bob@example.com", number_of_orders = 2, segment = "new" },
    ]
  }

  expect {
    send   = []
    update = [{ customer_id = 1, most_recent_order = null }]
    remove = [{ customer_id = 2, operation = "archive" }]
  }
}
