# The companies customers buy for. The CRM does not promise that a domain is unique among companies, so leat
# finds its own records by the ids the CRM gave them.

activation "companies" {
  owner = local.owner
  tags  = ["daily"]

  from = ref("companies")
  to   = destination.hubspot.crm.companies

  id  = row.company_key
  key = { domain = row.domain }

  fields = {
    name     = row.name
    industry = row.industry
    city     = row.city
    country  = row.country
  }
}
