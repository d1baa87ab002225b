// Package webui serves a page that shows a list of sessions: search that answers every
// keystroke, counts beside the filters, a list with an exact scrollbar, live. The page is
// a handful of embedded ES modules and asks the API that it is given for everything; it
// needs nothing from another origin, and no build step.
//
//	api, err := httpapi.NewHandler(engine, &httpapi.Options{APIKeys: keys, Login: true})
//	…
//	page, err := webui.NewHandler(api, &webui.Options{Fields: fields}) // as the engine was given them
//	…
//	http.ListenAndServe("127.0.0.1:8080", page)
//
// All addresses of the page are relative, so it may be mounted below any path, with
// http.StripPrefix around the handler.
//
// What is shown is in the address, as the API's own parameters: the page adds only id, the
// session whose details are open, and view=plain, the page without scripts, which is made
// on the server for print, for the browser's own search, and for browsers without
// JavaScript.
//
// The page runs under a Content-Security-Policy that allows its own files and nothing
// else, with Trusted Types: a title is text, whatever is written in it.
package webui
