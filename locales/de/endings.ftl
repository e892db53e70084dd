# Wie eine Anfrage endete: ein Wort, was geschah, und was als Nächstes zu tun ist.

ending-allowed = Erlaubt
ending-allowed-text = Der Kunde hat es erlaubt.
ending-allowed-next = Machen Sie mit dem weiter, wonach Sie gefragt haben.
ending-stopped = Gestoppt
ending-stopped-text = Der Kunde hat abgelehnt.
ending-stopped-next = Machen Sie nicht weiter.
ending-reported = Gemeldet
ending-reported-text = Der Kunde sagt, dass er nicht mit uns spricht.
ending-reported-unproved-text = Jemand, der den Link hat und nicht angemeldet ist, sagt, dass er nicht mit uns spricht.
    .without-links = Jemand, der den Code hat und nicht angemeldet ist, sagt, dass er nicht mit uns spricht.
ending-reported-next = Halten Sie an und prüfen Sie, mit wem Sie sprechen.
ending-reference = Falsche Referenz
ending-reference-text = Auf der Seite des Kunden wurde eine andere Referenz als Ihre gewählt.
ending-reference-next = Prüfen Sie, mit wem Sie sprechen; fragen Sie dann neu an und lesen Sie die neue Referenz langsam vor.
ending-account = Falsches Konto
ending-account-text = Es hat sich jemand angemeldet, dem diese Anfrage nicht gilt.
ending-account-next = Prüfen Sie Nummer oder Adresse des Kunden und fragen Sie dann neu an.
ending-unanswered = Nicht beantwortet
ending-unanswered-text = Der Kunde hat sich angemeldet und nicht rechtzeitig geantwortet.
ending-unanswered-next = Fragen Sie, ob er es noch möchte, und senden Sie sie noch einmal.
ending-sign-in = Anmeldung fehlgeschlagen
ending-sign-in-text = { $times ->
    [one] Der Kunde hat einmal versucht, sich anzumelden, ohne Erfolg.
   *[other] Der Kunde hat { $times } Mal versucht, sich anzumelden, ohne Erfolg.
}
ending-sign-in-next = Senden Sie sie noch einmal und nennen Sie einen anderen Weg zur Anmeldung.
ending-opened = Nicht angemeldet
ending-opened-text = Der Link wurde benutzt, und niemand hat sich angemeldet.
    .without-links = Der Code wurde benutzt, und niemand hat sich angemeldet.
ending-opened-next = Fragen Sie, was auf der Seite zu sehen ist, und senden Sie sie noch einmal.
ending-unopened = Nicht geöffnet
ending-unopened-text = Soweit wir sehen, hat niemand den Link benutzt.
    .without-links = Soweit wir sehen, hat niemand den Code benutzt.
ending-unopened-next = Fragen Sie, ob er angekommen ist, prüfen Sie Nummer oder Adresse und senden Sie sie noch einmal.
ending-late = Zu spät
ending-late-text = Der Kunde hat zu spät geantwortet. Nichts wurde gewährt.
ending-late-next = Senden Sie sie noch einmal und bitten Sie um eine baldige Antwort.
ending-unconfirmed = Nicht bestätigt
ending-unconfirmed-text = Der Kunde hat geantwortet, und der Anbieter hat die Antwort nie bestätigt. Nichts wurde gewährt.
ending-unconfirmed-next = Senden Sie sie noch einmal und sagen Sie ihm, dass seine Antwort nicht angekommen ist.
ending-expired = Abgelaufen
ending-expired-text = Die Zeit lief ab, bevor der Kunde entschieden hat.
ending-expired-next = Senden Sie sie noch einmal.
ending-withdrawn = Zurückgezogen
ending-withdrawn-text = Sie wurde zurückgezogen, und niemand holt eine Antwort ab. Auf einer Anmeldeseite, die unsere Datenbank teilt, kann sie niemand mehr erlauben.
ending-withdrawn-next = Fragen Sie neu an, wenn der Kunde bereit ist.
ending-failed = Fehlgeschlagen
ending-failed-text = Diese Anfrage konnte nicht zu Ende verfolgt werden.
ending-failed-next = Senden Sie sie noch einmal.
ending-unreachable = Nicht erreicht
ending-unreachable-text = Der Link konnte an niemanden geschickt werden: Beim Anbieter steht keine Telefonnummer oder E-Mail-Adresse, an die er gehen kann.
    .without-links = Die Nachricht konnte an niemanden geschickt werden: Beim Anbieter steht keine Telefonnummer oder E-Mail-Adresse, an die sie gehen kann.
ending-unreachable-next = Prüfen Sie Nummer oder Adresse des Kunden beim Anbieter, und senden Sie sie noch einmal.
