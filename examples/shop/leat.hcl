# The root of the leat project: this file and everything below activations/.

leat {
  required_version = ">= 0.1.0"
}

dbt {
  project_dir = "."
  artifacts   = "target" # what `dbt build` and `dbt docs generate` wrote
}

state "local" {
  path = ".leat"
}

variable "loyal_from" {
  description = "Orders that make a customer loyal"
  type        = number
  default     = 3
}

locals {
  owner = "revops@example.com"
}

# A HubSpot account, or `leat sandbox`, which looks like one.
destination "hubspot" "crm" {
  accepts = ["pii"] # columns that dbt tags pii may go here
  region  = "eu"

  config {
    base_url     = env("HUBSPOT_BASE_URL")
    access_token = env("HUBSPOT_TOKEN")
  }
}

# CSV files for the people who want a spreadsheet.
destination "file" "exports" {
  config {
    directory = "exports"
    format    = "csv"
  }
}
