select
    placed.order_id,
    placed.customer_id,
    placed.order_date,
    placed.status,
    coalesce(paid.amount, 0) as amount,
    coalesce(paid.credit_card_amount, 0) as credit_card_amount,
    coalesce(paid.bank_transfer_amount, 0) as bank_transfer_amount,
    coalesce(paid.voucher_amount, 0) as voucher_amount
from {{ ref('stg_orders') }} as placed
left join {{ ref('int_order_payments') }} as paid
    on placed.order_id = paid.order_id
