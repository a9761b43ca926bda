// Package hubspot is the built-in destination for the HubSpot CRM: contacts,
// companies and custom objects, through the batch endpoints of CRM API v3.
//
// Objects with a unique property (contacts by email) are upserted natively.
// Others (companies by domain or name) are found by search first, then updated
// by record id or created; that is two requests a batch, and search is behind
// writes by some seconds.
//
// Evidence grade D: written from HubSpot's public documentation and proven
// against our own double (package sandbox), never against the vendor.
//
// It must not know activations, plans or state. Answers may hold values: only
// categories, codes and property names leave the package outside a rejection's
// text.
//
// Start at [New].
package hubspot
