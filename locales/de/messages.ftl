# What is sent: mail and SMS.

mail-subject = Anmeldung bei { $company }
mail-header = Weiter mit Ihrer Anmeldung
mail-body = Sie, oder jemand, der Ihre Adresse eingegeben hat, haben bei { $company } einen Link zur Anmeldung angefordert. Er gilt { $minutes ->
    [one] eine Minute
   *[other] { $minutes } Minuten
  } und nur einmal.
mail-link = Weiter
mail-info-code = Oder geben Sie diesen Code auf der Seite ein, die danach fragt: { $code }. Niemand wird Sie je nach diesem Code fragen, nicht am Telefon und nicht in einer Nachricht. Lesen Sie ihn niemandem vor.
mail-info = Niemand wird Sie je nach diesem Link fragen. Leiten Sie ihn nicht weiter.
mail-footer = Sie haben das nicht angefordert? Dann tun Sie nichts: Ohne diese E-Mail kommt niemand hinein.

sms-request = { $company }: nur im Gespräch mit uns öffnen:
