# Comment une demande s’est terminée : un mot, ce qui s’est passé, et que faire ensuite.

ending-allowed = Autorisée
ending-allowed-text = Le client l’a autorisée.
ending-allowed-next = Poursuivez avec ce que vous avez demandé.
ending-stopped = Arrêtée
ending-stopped-text = Le client a refusé.
ending-stopped-next = Ne continuez pas.
ending-reported = Signalée
ending-reported-text = Le client dit qu’il ne parle pas avec nous.
ending-reported-unproved-text = Quelqu’un qui a le lien, et qui ne s’est pas identifié, dit qu’il ne parle pas avec nous.
    .without-links = Quelqu’un qui a le code, et qui ne s’est pas identifié, dit qu’il ne parle pas avec nous.
ending-reported-next = Arrêtez et vérifiez à qui vous parlez.
ending-reference = Mauvaise référence
ending-reference-text = Une autre référence que la vôtre a été choisie sur la page du client.
ending-reference-next = Vérifiez à qui vous parlez ; puis redemandez et lisez lentement la nouvelle référence.
ending-account = Mauvais compte
ending-account-text = Quelqu’un s’est identifié à qui cette demande ne s’adresse pas.
ending-account-next = Vérifiez le numéro ou l’adresse du client, puis redemandez.
ending-unanswered = Sans réponse
ending-unanswered-text = Le client s’est identifié et n’a pas répondu à temps.
ending-unanswered-next = Demandez s’il le souhaite encore, et envoyez-la à nouveau.
ending-sign-in = Connexion échouée
ending-sign-in-text = { $times ->
    [one] Le client a essayé de s’identifier une fois, sans succès.
   *[other] Le client a essayé de s’identifier { $times } fois, sans succès.
}
ending-sign-in-next = Envoyez-la à nouveau et indiquez une autre façon de s’identifier.
ending-opened = Non identifié
ending-opened-text = Le lien a été utilisé, et personne ne s’est identifié.
    .without-links = Le code a été utilisé, et personne ne s’est identifié.
ending-opened-next = Demandez ce qui s’affiche, et envoyez-la à nouveau.
ending-unopened = Non ouverte
ending-unopened-text = Pour autant que nous le sachions, personne n’a utilisé le lien.
    .without-links = Pour autant que nous le sachions, personne n’a utilisé le code.
ending-unopened-next = Demandez s’il est arrivé, vérifiez le numéro ou l’adresse, et envoyez-la à nouveau.
ending-late = Trop tard
ending-late-text = Le client a répondu trop tard. Rien n’a été accordé.
ending-late-next = Envoyez-la à nouveau et demandez une réponse rapide.
ending-unconfirmed = Non confirmée
ending-unconfirmed-text = Le client a répondu, et le fournisseur n’a jamais confirmé sa réponse. Rien n’a été accordé.
ending-unconfirmed-next = Envoyez-la à nouveau et dites-lui que sa réponse n’est pas arrivée.
ending-expired = Expirée
ending-expired-text = Le temps s’est écoulé avant la décision du client.
ending-expired-next = Envoyez-la à nouveau.
ending-withdrawn = Retirée
ending-withdrawn-text = Elle a été retirée et personne ne récupère de réponse. Sur une page de connexion qui partage notre base de données, plus personne ne peut l’autoriser.
ending-withdrawn-next = Redemandez quand le client est prêt.
ending-failed = Échouée
ending-failed-text = Cette demande n’a pas pu être suivie jusqu’au bout.
ending-failed-next = Envoyez-la à nouveau.
ending-unreachable = Injoignable
ending-unreachable-text = Le lien n’a pu être envoyé à personne : le fournisseur ne connaît ni numéro de téléphone ni adresse e-mail où l’envoyer.
    .without-links = Le message n’a pu être envoyé à personne : le fournisseur ne connaît ni numéro de téléphone ni adresse e-mail où l’envoyer.
ending-unreachable-next = Vérifiez le numéro ou l’adresse du client chez le fournisseur, puis renvoyez-la.
