select
    order_id,
    cast(sum(amount) as decimal(16, 2)) as amount,
    cast(sum(case when payment_method = 'credit_card' then amount else 0 end) as decimal(16, 2)) as credit_card_amount,
    cast(sum(case when payment_method = 'bank_transfer' then amount else 0 end) as decimal(16, 2)) as bank_transfer_amount,
    cast(sum(case when payment_method in ('coupon', 'gift_card') then amount else 0 end) as decimal(16, 2)) as voucher_amount
from {{ ref('stg_payments') }}
group by order_id
