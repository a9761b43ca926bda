select
    directory.company_key,
    directory.name,
    directory.domain,
    directory.industry,
    directory.city,
    directory.country,
    count(people.customer_id) as number_of_customers
from {{ ref('company_directory') }} as directory
left join {{ ref('customers') }} as people
    on directory.company_key = people.company_key
group by
    directory.company_key,
    directory.name,
    directory.domain,
    directory.industry,
    directory.city,
    directory.country
