# All orders as a CSV file, written anew when one changes.

activation "orders_csv" {
  from = ref("orders")
  to   = destination.file.exports.orders

  key = { order_id = row.order_id }

  fields = {
    customer_id = row.customer_id
    order_date  = row.order_date
    status      = row.status
    amount      = row.amount
  }

  on_removed = "delete"
}
