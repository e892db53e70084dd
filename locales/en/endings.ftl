# How a request ended: one word, what happened, and what the agent does next.

ending-allowed = Allowed
ending-allowed-text = The customer has allowed it.
ending-allowed-next = Go on with what you asked for.
ending-stopped = Stopped
ending-stopped-text = The customer has refused.
ending-stopped-next = Do not go on.
ending-reported = Reported
ending-reported-text = The customer says that they are not speaking with us.
ending-reported-unproved-text = Somebody who has the link, and has not signed in, says that they are not speaking with us.
    .without-links = Somebody who has the code, and has not signed in, says that they are not speaking with us.
ending-reported-next = Stop, and make sure whom you are speaking with.
ending-reference = Wrong reference
ending-reference-text = Another reference than yours was picked on the customer’s page.
ending-reference-next = Make sure whom you are speaking with; then ask again, and read the new reference out slowly.
ending-account = Wrong account
ending-account-text = Somebody has signed in whose request this is not.
ending-account-next = Check the customer’s number or address, then ask again.
ending-unanswered = Not answered
ending-unanswered-text = The customer signed in, and did not answer in time.
ending-unanswered-next = Ask whether they still want it, and send it again.
ending-sign-in = Sign-in failed
ending-sign-in-text = { $times ->
    [one] The customer tried to sign in once, and it failed.
   *[other] The customer tried to sign in { $times } times, and it failed.
}
ending-sign-in-next = Send it again, and tell them of another way to sign in.
ending-opened = Not signed in
ending-opened-text = The link was used, and nobody signed in.
    .without-links = The code was used, and nobody signed in.
ending-opened-next = Ask what they see on the page, and send it again.
ending-unopened = Not opened
ending-unopened-text = As far as we can see, nobody has used the link.
    .without-links = As far as we can see, nobody has used the code.
ending-unopened-next = Ask whether it has arrived, check the number or address, and send it again.
ending-late = Too late
ending-late-text = The customer answered too late. Nothing was granted.
ending-late-next = Send it again, and ask them to answer soon.
ending-unconfirmed = Not confirmed
ending-unconfirmed-text = The customer answered, and the provider never confirmed the answer. Nothing was granted.
ending-unconfirmed-next = Send it again, and tell them that their answer did not get through.
ending-expired = Expired
ending-expired-text = The time ran out before the customer decided.
ending-expired-next = Send it again.
ending-withdrawn = Withdrawn
ending-withdrawn-text = It was withdrawn, and nobody fetches an answer. A login page that shares our database lets nobody allow it any more.
ending-withdrawn-next = Ask again when the customer is ready.
ending-failed = Failed
ending-failed-text = This request could not be followed to its end.
ending-failed-next = Send it again.
ending-unreachable = Not reached
ending-unreachable-text = The link could be sent to nobody: the provider knows no phone number or e-mail address that it can go to.
    .without-links = The message could be sent to nobody: the provider knows no phone number or e-mail address that it can go to.
ending-unreachable-next = Check the customer’s number or address at the provider, then send it again.
