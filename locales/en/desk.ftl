# The desk: the agent’s page, and the customer’s phone beside it in the demo.

## The page

desk-title = Desk
desk-title-both = Desk and phone
desk-demo = Demo
desk-signed-in = Signed in as { $agent }
desk-requests = Your requests
desk-history = Earlier in this shift
desk-empty = Nobody has been asked yet.
desk-empty-hint = A request that you send appears here, and follows the customer step by step.
desk-both = One call, both sides
desk-step-ask = Ask a customer
desk-step-tap = Tap the message on the phone
desk-step-decide = Sign in, then allow or stop
desk-step-see = See the answer at the desk
desk-still-watching = Without script this page looks again every 5 seconds.
desk-still = Without script this page shows the state of the moment it was opened.
desk-still-stop = Stop that to write a new request
desk-still-start = Look again every 5 seconds

## The form

desk-ask = Ask a customer
desk-customer = Customer
desk-customer-hint = Phone number with country, e-mail address or user ID
desk-customers = Customers of the demo
desk-not-verified = { $name }, not verified
desk-guess-phone = Read as a phone number
desk-guess-email = Read as an e-mail address
desk-guess-user = Read as a user ID
desk-customer-type = The customer is given as
desk-type-guess = Tell from what I type
desk-type-phone = Phone number
desk-type-email = E-mail address
desk-type-user = User ID
desk-send-by = Send it by
desk-channel-sms = SMS
desk-channel-email = E-mail
desk-channel-link = Link or QR
desk-channel-code = Code to read out
desk-reference = Reference
desk-reference-hint = Read it out. The customer compares it, or picks it.
desk-more = More choices
desk-text = Text in front of the link
desk-text-default = The provider’s own words
desk-lifetime = Time to answer
desk-minutes = { $minutes } minutes
desk-send = Send the request

## What is wrong with the form

desk-invalid-customer-missing = Enter the customer’s phone number, e-mail address or user ID
desk-invalid-customer-malformed = This is not a phone number, e-mail address or user ID
desk-invalid-country = Enter the phone number with its country, for example +1 555 0100
desk-invalid-contact = Say how you came to speak with the customer
desk-invalid-reference-missing = Enter a reference that you can read out, or take the one that was offered
desk-invalid-reference-long = The reference has { $length } characters. At most { $most } are allowed
desk-invalid-reference-character = The reference must not contain “{ $character }”. Letters, digits and - . _ + / ! ? # are allowed
desk-invalid-text-long = The text has { $length } characters. At most 160 are allowed
desk-invalid-text-malformed = The text must be one line
desk-invalid-form = This form is not complete. Fill it in again

## Why an order was not placed

desk-refused-many = You have too many open requests. Wait until some have ended, or withdraw them.
desk-refused-waiting = Too many requests are waiting for this customer. Wait until one has been answered or has run out.
desk-refused-late = The provider did not answer in time. The customer may have been sent a link all the same; ask before you send another.
    .without-links = The provider did not answer in time. The request may have been made all the same. Send it again.
desk-refused-away = The provider cannot be reached. Try again in a moment.
desk-refused-unknown = The provider knows no customer like this with a verified phone number or e-mail address. Check what you typed, or choose another channel.
desk-refused-client = The provider refuses this desk itself. Somebody has to check its client, and run ciba-login enable-ciba.
desk-refused-pace = The provider wants fewer requests. Wait a minute.
desk-refused-reason = The provider refused the request: { $reason }
desk-refused-plain = The provider refused the request without a reason.
desk-refused-odd = The provider’s answer makes no sense.
desk-refused-fault = The desk itself has a fault. Try again in a moment.

## A request

desk-way-sent = Sent
desk-way-opened = Opened
desk-way-signed-in = Signed in
desk-way-answered = Answered
desk-signed-in-by-mail = The customer has signed in by our email, not at the provider. That proves less.
desk-interrupted = Interrupted
desk-interrupted-text = The provider cannot be reached. The desk keeps trying.
desk-answered = Answered
desk-answered-text = The customer has answered. We are getting the answer from the provider.
desk-deciding = Deciding
desk-deciding-text = The customer has signed in and is deciding.
desk-opened = Opened
desk-opened-text = The customer has opened the request and is signing in.
desk-waiting = Waiting
desk-waiting-text = Sent. Waiting for the customer.
desk-waiting-link = Give the customer the link or let them scan it.
desk-waiting-code = Read the code to the customer.
desk-report = The customer says that they are not speaking with us
desk-report-unproved = Somebody who has the link, and has not signed in, says that they are not speaking with us
    .without-links = Somebody who has the code, and has not signed in, says that they are not speaking with us
desk-wrong-reference = Another reference than yours was picked on the customer’s page
desk-report-advice = Stop, and make sure whom you are speaking with.
desk-reported = reported
desk-replaced = A newer request has taken its place.
desk-token = The provider has confirmed it. Customer ID
desk-whom = { $kind }, { $channel }
desk-kind-phone = a phone number
desk-kind-email = an e-mail address
desk-kind-user = a user ID
desk-taken-phone = read as a phone number
desk-taken-email = read as an e-mail address
desk-taken-user = read as a user ID
desk-by-sms = by SMS
desk-by-email = by e-mail
desk-by-link = by link
desk-by-code = by code
desk-until = until { $time }
desk-time-left = { $time } left
desk-next-look = next look in { $seconds } s
desk-looking = looking now
desk-again = Send again
desk-withdraw = Withdraw
desk-link = Link for the customer
desk-qr = QR code of the link. Opens large, for the counter
desk-spoken-code = Code for the customer
desk-spoken-code-how = They open { $address } and type it there.
desk-copy = Copy
desk-copied = Copied
desk-open = Open

## The counter

desk-counter-title = Scan with your phone
desk-counter-heading = Scan this with your phone
desk-counter-picture = QR code that opens the request on your phone
desk-counter-reference = Your reference
desk-counter-back = Back to the desk

## The customer’s phone, in the demo

desk-phone = The customer’s phone
desk-phone-hint = A tap opens the real login page in a window of a phone’s size. Nothing is really sent: the demo keeps every message.
desk-no-messages = No messages yet
desk-mail = Mail
desk-messages = Messages
desk-message-to = to { $to }
desk-code = Code

## Who called whom, the language of our text, and a page that is cut off

desk-contact = How you came to speak
desk-contact-hint = The customer’s page says this to them. Choose what is true: it shows them whether somebody is pretending.
desk-contact-customer = The customer called us
desk-contact-company = We called the customer
desk-contact-branch = In person, in a branch
desk-text-language = Our text in front of the link
desk-lost = The connection to the desk is lost. This page may be out of date; we keep trying.
desk-reload = Load the page again
