# The desk: the agent’s page, and the customer’s phone beside it in the demo.

## The page

desk-title = Arbeitsplatz
desk-title-both = Arbeitsplatz und Telefon
desk-demo = Demo
desk-signed-in = Angemeldet als { $agent }
desk-requests = Ihre Anfragen
desk-history = Früher in dieser Schicht
desk-empty = Noch wurde niemand gefragt.
desk-empty-hint = Eine gesendete Anfrage erscheint hier und folgt dem Kunden Schritt für Schritt.
desk-both = Ein Anruf, beide Seiten
desk-step-ask = Fragen Sie einen Kunden
desk-step-tap = Tippen Sie auf die Nachricht am Telefon
desk-step-decide = Melden Sie sich an, erlauben oder lehnen Sie ab
desk-step-see = Sehen Sie die Antwort am Arbeitsplatz
desk-still-watching = Ohne Skripte lädt diese Seite alle 5 Sekunden neu.
desk-still = Ohne Skripte zeigt diese Seite den Stand beim Öffnen.
desk-still-stop = Anhalten, um eine Anfrage zu schreiben
desk-still-start = Alle 5 Sekunden neu laden

## The form

desk-ask = Einen Kunden fragen
desk-customer = Kunde
desk-customer-hint = Telefonnummer mit Landesvorwahl, E-Mail-Adresse oder Benutzer-ID
desk-customers = Kunden der Demo
desk-not-verified = { $name }, nicht bestätigt
desk-guess-phone = Als Telefonnummer gelesen
desk-guess-email = Als E-Mail-Adresse gelesen
desk-guess-user = Als Benutzer-ID gelesen
desk-customer-type = Der Kunde ist angegeben als
desk-type-guess = Aus der Eingabe erkennen
desk-type-phone = Telefonnummer
desk-type-email = E-Mail-Adresse
desk-type-user = Benutzer-ID
desk-send-by = Senden per
desk-channel-sms = SMS
desk-channel-email = E-Mail
desk-channel-link = Link oder QR
desk-channel-code = Code vorlesen
desk-reference = Referenz
desk-reference-hint = Lesen Sie sie vor. Der Kunde vergleicht sie oder wählt sie aus.
desk-more = Weitere Angaben
desk-text = Text vor dem Link
desk-text-default = Der Text des Anbieters
desk-lifetime = Zeit zum Antworten
desk-minutes = { $minutes } Minuten
desk-send = Anfrage senden

## What is wrong with the form

desk-invalid-customer-missing = Geben Sie Telefonnummer, E-Mail-Adresse oder Benutzer-ID des Kunden ein
desk-invalid-customer-malformed = Das ist weder Telefonnummer noch E-Mail-Adresse noch Benutzer-ID
desk-invalid-country = Geben Sie die Nummer mit Landesvorwahl ein, zum Beispiel +1 555 0100
desk-invalid-contact = Sagen Sie, wie das Gespräch mit dem Kunden begann
desk-invalid-reference-missing = Geben Sie eine Referenz zum Vorlesen ein oder nehmen Sie die vorgeschlagene
desk-invalid-reference-long = Die Referenz hat { $length } Zeichen. Höchstens { $most } sind erlaubt
desk-invalid-reference-character = Die Referenz darf „{ $character }“ nicht enthalten. Erlaubt sind Buchstaben, Ziffern und - . _ + / ! ? #
desk-invalid-text-long = Der Text hat { $length } Zeichen. Höchstens 160 sind erlaubt
desk-invalid-text-malformed = Der Text muss eine Zeile sein
desk-invalid-form = Dieses Formular ist unvollständig. Füllen Sie es noch einmal aus

## Why an order was not placed

desk-refused-many = Sie haben zu viele offene Anfragen. Warten Sie, bis einige beendet sind, oder ziehen Sie sie zurück.
desk-refused-waiting = Für diesen Kunden warten schon zu viele Anfragen. Warten Sie, bis eine beantwortet oder abgelaufen ist.
desk-refused-late = Der Anbieter hat nicht rechtzeitig geantwortet. Vielleicht hat der Kunde trotzdem einen Link bekommen; fragen Sie, bevor Sie noch einen senden.
    .without-links = Der Anbieter hat nicht rechtzeitig geantwortet. Vielleicht gibt es die Anfrage trotzdem. Senden Sie sie noch einmal.
desk-refused-away = Der Anbieter ist nicht erreichbar. Versuchen Sie es gleich noch einmal.
desk-refused-unknown = Der Anbieter kennt keinen solchen Kunden mit bestätigter Telefonnummer oder E-Mail-Adresse. Prüfen Sie die Eingabe oder wählen Sie einen anderen Weg.
desk-refused-client = Der Anbieter lehnt diesen Arbeitsplatz selbst ab. Jemand muss seinen Client prüfen und ciba-login enable-ciba ausführen.
desk-refused-pace = Der Anbieter möchte weniger Anfragen. Warten Sie eine Minute.
desk-refused-reason = Der Anbieter hat die Anfrage abgelehnt: { $reason }
desk-refused-plain = Der Anbieter hat die Anfrage ohne Grund abgelehnt.
desk-refused-odd = Die Antwort des Anbieters ist unverständlich.
desk-refused-fault = Der Arbeitsplatz selbst hat eine Störung. Versuchen Sie es gleich noch einmal.

## A request

desk-way-sent = Gesendet
desk-way-opened = Geöffnet
desk-way-signed-in = Angemeldet
desk-way-answered = Beantwortet
desk-signed-in-by-mail = Der Kunde hat sich mit unserer E-Mail angemeldet, nicht beim Anbieter. Das beweist weniger.
desk-interrupted = Unterbrochen
desk-interrupted-text = Der Anbieter ist nicht erreichbar. Es wird weiter versucht.
desk-answered = Beantwortet
desk-answered-text = Der Kunde hat geantwortet. Der Anbieter wird danach gefragt.
desk-deciding = Entscheidet
desk-deciding-text = Der Kunde hat sich angemeldet und entscheidet jetzt.
desk-opened = Geöffnet
desk-opened-text = Der Kunde hat die Anfrage geöffnet und meldet sich an.
desk-waiting = Wartet
desk-waiting-text = Gesendet. Der Kunde ist am Zug.
desk-waiting-link = Geben Sie dem Kunden den Link oder lassen Sie ihn scannen.
desk-waiting-code = Lesen Sie dem Kunden den Code vor.
desk-report = Der Kunde sagt, dass er nicht mit uns spricht
desk-report-unproved = Jemand, der den Link hat und nicht angemeldet ist, sagt, dass er nicht mit uns spricht
    .without-links = Jemand, der den Code hat und nicht angemeldet ist, sagt, dass er nicht mit uns spricht
desk-wrong-reference = Auf der Seite des Kunden wurde eine andere Referenz als Ihre gewählt
desk-report-advice = Halten Sie an und prüfen Sie, mit wem Sie sprechen.
desk-reported = gemeldet
desk-replaced = Eine neuere Anfrage ist an ihre Stelle getreten.
desk-token = Vom Anbieter bestätigt. Kunden-ID
desk-whom = { $kind }, { $channel }
desk-kind-phone = Telefonnummer
desk-kind-email = E-Mail-Adresse
desk-kind-user = Benutzer-ID
desk-taken-phone = als Telefonnummer gelesen
desk-taken-email = als E-Mail-Adresse gelesen
desk-taken-user = als Benutzer-ID gelesen
desk-by-sms = per SMS
desk-by-email = per E-Mail
desk-by-link = per Link
desk-by-code = per Code
desk-until = bis { $time }
desk-time-left = noch { $time }
desk-next-look = nächste Abfrage in { $seconds } s
desk-looking = wird abgefragt
desk-again = Noch einmal senden
desk-withdraw = Zurückziehen
desk-link = Link für den Kunden
desk-qr = QR-Code des Links. Öffnet sich groß, für den Schalter
desk-spoken-code = Code für den Kunden
desk-spoken-code-how = Der Kunde öffnet { $address } und gibt ihn dort ein.
desk-copy = Kopieren
desk-copied = Kopiert
desk-open = Öffnen

## The counter

desk-counter-title = Mit dem Telefon scannen
desk-counter-heading = Scannen Sie dies mit Ihrem Telefon
desk-counter-picture = QR-Code, der die Anfrage auf Ihrem Telefon öffnet
desk-counter-reference = Ihre Referenz
desk-counter-back = Zurück zum Arbeitsplatz

## The customer’s phone, in the demo

desk-phone = Das Telefon des Kunden
desk-phone-hint = Ein Tippen öffnet die echte Seite in einem Fenster von Telefongröße. Nichts wird wirklich gesendet: Die Demo behält jede Nachricht.
desk-no-messages = Noch keine Nachrichten
desk-mail = Mail
desk-messages = Nachrichten
desk-message-to = an { $to }
desk-code = Code

## Who called whom, the language of our text, and a page that is cut off

desk-contact = Wie das Gespräch begann
desk-contact-hint = Die Seite des Kunden zeigt ihm das. Wählen Sie, was stimmt: Daran erkennt er, ob sich jemand nur ausgibt.
desk-contact-customer = Der Kunde hat uns angerufen
desk-contact-company = Wir haben den Kunden angerufen
desk-contact-branch = Persönlich, in einer Filiale
desk-text-language = Unser Text vor dem Link
desk-lost = Die Verbindung ist unterbrochen. Diese Seite ist vielleicht nicht auf dem neuesten Stand; wir versuchen es weiter.
desk-reload = Seite neu laden
