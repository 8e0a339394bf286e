//! Rate limits of the program, and limits that the nginx configuration in deploy/nginx sets.

mod rates;
mod reverse_proxy;
