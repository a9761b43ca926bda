with history as (

    select
        customer_id,
        min(order_date) as first_order,
        max(order_date) as most_recent_order,
        count(*) as number_of_orders,
        cast(sum(amount) as decimal(16, 2)) as lifetime_value
    from {{ ref('orders') }}
    group by customer_id

)

select
    people.customer_id,
    people.first_name,
    people.last_name,
    -- The seeds know no e-mail address; the id makes this one unique and lasting.
    lower(people.first_name) || '.' || people.customer_id || '@example.com' as email,
    -- Nor do they know companies: five of them share the customers out by id.
    1 + people.customer_id % 5 as company_key,
    case
        when history.number_of_orders is null then 'prospect'
        when history.number_of_orders >= 3 then 'loyal'
        else 'new'
    end as customer_status,
    history.first_order,
    history.most_recent_order,
    coalesce(history.number_of_orders, 0) as number_of_orders,
    coalesce(history.lifetime_value, 0) as customer_lifetime_value
from {{ ref('stg_customers') }} as people
left join history
    on people.customer_id = history.customer_id
