select
    id as payment_id,
    order_id,
    payment_method,
    -- The seed counts cents.
    cast(amount / 100.0 as decimal(16, 2)) as amount
from {{ ref('raw_payments') }}
