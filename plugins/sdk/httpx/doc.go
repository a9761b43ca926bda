// Package httpx is the HTTP client of destination plugins: base URL, bearer
// authentication, bounded bodies, rate-limit headers, and the classification
// of everything that can go wrong into *sdk.Fault.
//
// It makes one attempt and never follows a redirect: retries are the host's,
// and a redirect would carry the credentials elsewhere. Its errors hold no
// header, body, query or address beyond a status code. It must not know any
// vendor's API.
//
// Start at [New] and [Client.Do].
package httpx
